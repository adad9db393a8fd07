// npm run mutants [-- arguments of cargo-mutants]: changes the code that decides who may do and see what, one place
// at a time (.cargo/mutants.toml), and lists the changes that no test notices. Hours for all of it; `-- -f FILE` takes
// one file, `-- --list` shows what would be changed. What was found lies in target/mutants.out.
import { mutants, nextest, run } from "./setup.mjs";

nextest();
mutants();
const args = ["mutants", "--no-shuffle", "--output", "target", ...process.argv.slice(2)];
if (process.platform === "win32") run("cargo", args);
else run("nice", ["-n", "10", "cargo", ...args]);
