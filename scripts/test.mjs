// npm test: set-up, native tests, tests of the modules that read archives and of the pages' script, the wasm build, end to end tests on workerd.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { nextest, node, packages, pythonClients, root, run, say } from "./setup.mjs";

nextest();
packages();
say("native tests");
run("cargo", ["nextest", "run"]);
say("types of the script");
run(node, [join("node_modules", "typescript", "bin", "tsc"), "--noEmit"]);
say("what reads archives, upgrades, and the script");
run(node, ["--test", "--test-reporter=spec", ...["archive", "page", "script", "upgrade"].map((name) => join("tests", "unit", `${name}.test.mjs`))], { env: { NODE_NO_WARNINGS: "1" } });
await build();
const python = pythonClients();
say("end to end, on workerd");
const files = readdirSync(join(root, "tests", "e2e")).filter((f) => f.endsWith(".test.mjs")).sort();
// A file that hangs ends after ten minutes, and one that has failed ends although a connection of it is still open.
run(node, ["--test", "--test-timeout=600000", "--test-force-exit", "--test-concurrency=1", "--test-reporter=spec", ...files.map((f) => join("tests", "e2e", f))], {
  env: { SORI_TOOT: python ? join(python, "toot") : "", SORI_PYTHON: python ? join(python, "python") : "", NODE_NO_WARNINGS: "1" },
});
say("wrangler deploy --dry-run");
run(node, [join("node_modules", "wrangler", "bin", "wrangler.js"), "deploy", "--dry-run", "--outdir", join(root, "target", "deploy")], {
  env: { CI: "1", WRANGLER_SEND_METRICS: "false" },
});
