// npm run streams: 200 sockets, 50 events a second for a minute, on workerd. Prints what came and the memory of the
// runtime. Variables: STREAM_SOCKETS, STREAM_RATE, STREAM_SECONDS.
import { execFileSync } from "node:child_process";
import { account } from "../tests/e2e/client.mjs";
import { startInstance } from "../tests/e2e/instance.mjs";
import { signUp } from "../tests/e2e/people.mjs";
import { measure } from "../tests/e2e/streams.mjs";

const number = (name, otherwise) => Number(process.env[name] ?? otherwise);
const sori = await startInstance({ port: number("SORI_E2E_PORT", 8840) + 70 });

/** Megabytes of the runtime's process. */
function memory() {
  const all = execFileSync("ps", ["-eo", "ppid,rss,args"], { encoding: "utf8" }).split("\n");
  const ours = all.filter((line) => line.includes("workerd") && line.trim().startsWith(`${process.pid} `));
  return Math.round(ours.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[1]), 0) / 1024);
}

try {
  await account(sori, "owner", true);
  const names = ["author1", "author2", "reader1", "reader2", "reader3", "reader4", "reader5"];
  const tokens = await signUp(sori, ...names);
  const readers = names.slice(2).map((name) => tokens[name]);
  const sockets = number("STREAM_SOCKETS", 200);
  const rate = number("STREAM_RATE", 50);
  const before = memory();
  const samples = [];
  const watch = setInterval(() => samples.push(memory()), 5_000);
  const told = await measure({ sori, tokens: readers, authors: [tokens.author1, tokens.author2], sockets, rate, seconds: number("STREAM_SECONDS", 60) });
  clearInterval(watch);
  console.log(JSON.stringify({ ...told, memory: { before, during: samples } }));
  process.exitCode = told.lost + told.doubled + told.disordered === 0 ? 0 : 1;
} finally {
  await sori.stop();
}
