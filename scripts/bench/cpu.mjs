// Measures CPU: of a whole process by the kernel, of one isolate by V8's sampling profiler.
import { readdirSync, readFileSync } from "node:fs";

/** The workerd processes that this one has started, by number. */
export function workers() {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      return stat.includes("(workerd)") && stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(process.pid);
    } catch {
      return false;
    }
  });
}

/** Starts something that starts one workerd; answers what it made and the number of that process. */
export async function started(start) {
  const before = new Set(workers());
  const made = await start();
  const [pid] = workers().filter((w) => !before.has(w));
  if (!pid) throw new Error("no workerd was started");
  return { made, pid };
}

/** Milliseconds of CPU that a process has used, all threads that are alive. */
export function cpu(pid) {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // The thread has ended in the meantime.
    }
  }
  return nanoseconds / 1e6;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Microseconds between two samples. */
const INTERVAL = 100;

/** Whose work a stack frame is. */
function part({ functionName, url }) {
  if (functionName === "(idle)") return "idle";
  if (functionName.startsWith("wasm-function") || url.startsWith("wasm")) return "module";
  if (url.includes("d1-api")) return "D1";
  if (url.includes("index.js") || /wasm|js-to-/.test(functionName)) return "border";
  return "runtime";
}

/** V8's profiler of one worker of a workerd, through its inspector. */
export async function profiler(inspectorPort, worker) {
  const targets = await (await fetch(`http://127.0.0.1:${inspectorPort}/json`)).json();
  const target = targets.find((t) => t.id.includes(`core:user:${worker}`));
  const socket = new WebSocket(target.webSocketDebuggerUrl ?? `ws://127.0.0.1:${inspectorPort}/${target.id}`);
  await new Promise((done, failed) => {
    socket.onopen = done;
    socket.onerror = () => failed(new Error("the inspector does not answer"));
  });
  let last = 0;
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  const send = (method, params = {}) => new Promise((done) => {
    waiting.set(++last, done);
    socket.send(JSON.stringify({ id: last, method, params }));
  });
  await send("Profiler.enable");
  await send("Profiler.setSamplingInterval", { interval: INTERVAL });
  return {
    /** Runs something; answers the milliseconds by part, and by function of the module. */
    async over(run) {
      await send("Profiler.start");
      await run();
      const { profile } = await send("Profiler.stop");
      const frames = new Map(profile.nodes.map((n) => [n.id, n.callFrame]));
      const parts = { module: 0, border: 0, D1: 0, runtime: 0, idle: 0 };
      const functions = new Map();
      profile.samples.forEach((id, at) => {
        const frame = frames.get(id);
        // In a longer gap the machine ran something else.
        const ms = Math.min(profile.timeDeltas[at], 2 * INTERVAL) / 1000;
        parts[part(frame)] += ms;
        const name = `${part(frame)} ${frame.functionName}`;
        functions.set(name, (functions.get(name) ?? 0) + ms);
      });
      return { parts, functions };
    },
    close: () => socket.close(),
  };
}
