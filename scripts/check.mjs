// npm run check: formatting, clippy for both targets, and whether the fuzz targets compile.
import { join } from "node:path";
import { packages, root, run, rust, say, TARGET, wasmTarget } from "./setup.mjs";

rust();
packages();
say("cargo fmt");
run("cargo", ["fmt", "--check"]);
say("clippy, native");
run("cargo", ["clippy", "--all-targets", "--", "-D", "warnings"]);
say("fuzz targets");
run("cargo", ["check", "--quiet", "--manifest-path", join(root, "fuzz", "Cargo.toml")], { env: { RUSTC_BOOTSTRAP: "1" } });
const env = wasmTarget();
// Debian's Rust has no clippy: there the compiler's own warnings are used.
const lints = !env.PATH;
say(lints ? "clippy, wasm" : "check, wasm");
run("cargo", lints ? ["clippy", "--target", TARGET, "--lib", "--", "-D", "warnings"] : ["check", "--target", TARGET, "--lib"], { env });
