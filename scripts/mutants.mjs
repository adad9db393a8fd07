// npm run mutants [-- arguments of cargo-mutants]: changes the code that decides who may do and see what, one
// place at a time (.cargo/mutants.toml), and lists the changes that no test notices. All of it takes hours;
// `-- -f FILE` takes one file, `-- --list` lists the changes. Results are in target/mutants.out.
import { mutants, nextest, run } from "./setup.mjs";

nextest();
mutants();
const args = ["mutants", "--no-shuffle", "--output", "target", ...process.argv.slice(2)];
if (process.platform === "win32") run("cargo", args);
else run("nice", ["-n", "10", "cargo", ...args]);
