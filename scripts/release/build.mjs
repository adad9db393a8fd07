// A release has the built module: there is nothing to build, only wrangler to be installed.
import { existsSync } from "node:fs";
import { fail, wrangler } from "./common.mjs";

export async function build() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 12)) fail(`Node ${process.versions.node} is too old for wrangler: install Node 22.12 or newer (https://nodejs.org).`);
  if (!existsSync(wrangler)) fail("wrangler is missing: run npm install first.");
}
