// npm run shots: screenshots of every page, at the widths of a phone (dark) and of a desk (light), in each language, into shots/.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { node, root, run, say } from "./setup.mjs";

await build();
const folder = join(root, "shots");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
run(node, ["--test", "--test-timeout=600000", "--test-force-exit", "--test-reporter=spec", join("tests", "e2e", "browser.test.mjs")], {
  env: { SORI_SHOTS: folder, NODE_NO_WARNINGS: "1" },
});
say(`the pages are in ${folder}`);
