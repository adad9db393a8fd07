// Chromium, where it is installed (Debian's package), driven by playwright-core.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PATHS = [process.env.SORI_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const path = PATHS.find((p) => p && existsSync(p));

/** Starts it; its requests go to loopback only. */
export function startChromium() {
  return chromium.launch({
    executablePath: path,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}
