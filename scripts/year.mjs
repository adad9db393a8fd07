// npm run year [days]: simulates a year of a person and of a community, and prints what the database comes to; 365 days are
// written into docs/cost.md.
import { nextest, run } from "./setup.mjs";

nextest();
const days = process.argv[2];
const only = ["--run-ignored", "only", "-E", "test(a_simulated_year)", "--no-capture", "--test-threads", "1"];
run("cargo", ["nextest", "run", "--test", "native", ...only], {
  env: days ? { SORI_DAYS: days } : { SORI_WRITE: "1" },
});
