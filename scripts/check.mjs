// npm run check: formatting, and clippy for both targets.
import { buildTools, packages, run, say } from "./setup.mjs";

packages();
say("cargo fmt");
run("cargo", ["fmt", "--check"]);
say("clippy, native");
run("cargo", ["clippy", "--all-targets", "--", "-D", "warnings"]);
say("check, wasm");
// Debian's Rust has no clippy: there the compiler's own warnings are the check.
run("cargo", ["check", "--target", "wasm32-unknown-unknown", "--lib"], { env: buildTools() });
