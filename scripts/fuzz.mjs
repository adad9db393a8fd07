// npm run fuzz [target…]: each fuzz target of fuzz/ for a minute (FUZZ_SECONDS), from its seeds and what earlier runs
// found interesting (fuzz/corpus). Stops at the first finding, which then lies in fuzz/artifacts.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cargoFuzz, read, root, run, say } from "./setup.mjs";

cargoFuzz();
const folder = join(root, "fuzz");
const all = [...readFileSync(join(folder, "Cargo.toml"), "utf8").matchAll(/\[\[bin\]\]\nname = "(\w+)"/g)].map((m) => m[1]);
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(", ")}; there are ${all.join(", ")}`);
const seconds = Number(process.env.FUZZ_SECONDS ?? "60");
// Sanitizers and coverage are unstable options. FUZZ_SANITIZER=address is slower: there is no unsafe code of ours.
const sanitizer = process.env.FUZZ_SANITIZER ?? "none";
const host = read("rustc", ["-vV"]).match(/host: (.+)/)[1];
for (const name of chosen.length > 0 ? chosen : all) {
  say(`${name}: ${seconds} s`);
  const corpus = join(folder, "corpus", name);
  mkdirSync(corpus, { recursive: true });
  const words = join(folder, "dictionaries", `${name}.dict`);
  run(
    "cargo",
    ["fuzz", "run", "--target", host, "-s", sanitizer, name, corpus, join(folder, "seeds", name), "--",
      `-max_total_time=${seconds}`, "-max_len=8192", "-timeout=10", "-rss_limit_mb=2048",
      ...(existsSync(words) ? [`-dict=${words}`] : [])],
    { env: { RUSTC_BOOTSTRAP: "1" } },
  );
}
