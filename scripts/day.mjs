// npm run day: what a day of a hundred people comes to, by what one operation of each kind costs; printed, and written into
// docs/cost.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nextest, root, run } from "./setup.mjs";

nextest();
run("cargo", ["nextest", "run", "--test", "native", "-E", "test(cost_of_a_day)"], { env: { SORI_WRITE: "1" } });
const page = readFileSync(join(root, "docs", "cost.md"), "utf8");
console.log(page.slice(page.indexOf("<!-- day -->") + 12, page.indexOf("<!-- end of day -->")));
