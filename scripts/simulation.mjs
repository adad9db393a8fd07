// npm run simulation [runs]: this many new runs of the simulation, 1,000 by default. Prints how many ended in
// agreement, and the seed of each that did not.
import { nextest, run } from "./setup.mjs";

nextest();
run("cargo", ["nextest", "run", "--cargo-profile", "sim", "--test", "native", "-E", "test(simulation)", "--no-capture"], {
  env: { SORI_SEEDS: process.argv[2] ?? "1000" },
});
