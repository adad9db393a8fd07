// npm run check: formatting, and clippy for both targets.
import { packages, run, rust, say, TARGET, wasmTarget } from "./setup.mjs";

rust();
packages();
say("cargo fmt");
run("cargo", ["fmt", "--check"]);
say("clippy, native");
run("cargo", ["clippy", "--all-targets", "--", "-D", "warnings"]);
const env = wasmTarget();
// Debian's Rust has no clippy: there the compiler's own warnings are used.
const lints = !env.PATH;
say(lints ? "clippy, wasm" : "check, wasm");
run("cargo", lints ? ["clippy", "--target", TARGET, "--lib", "--", "-D", "warnings"] : ["check", "--target", TARGET, "--lib"], { env });
