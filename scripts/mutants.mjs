// npm run mutants [-- [-f WORD,WORD…] [--all] [--long] [-j N] [--again [--with PATTERN | --words] | --tests]]: changes the code and the SQL that
// decide who may do and see what, one place at a time, and lists the changes that no test notices and
// scripts/mutants/survivors.md does not name. `-f` takes the files whose path contains one of the words, in their order;
// `--all` also runs the named ones, `--long` runs all tests that reach a change instead of ten seconds of them, `-j` sets
// how many run at a time.
//
// `--again` goes on with the last build, whichever files of it `-f` takes: no test runs twice on a change. `--tests`
// also builds the tests again, where only they have changed, records those with new names, and runs them on what none
// had noticed. `--with` runs the tests whose names match once more: those that have changed, and those that were too late
// in the order for the ten seconds; `--words` those whose names have a word of the change itself. So a whole run is one without `-f`, then `--again -f` for each group of files, then `--tests`.
//
// A file whose changes were all noticed or named is written to scripts/mutants/done.json, and left out as long as it is the
// same: a whole run takes hours, so it is made in parts. `--all` runs those as well.
//
// All changes are in one build, each behind a switch (scripts/mutants/): SORI_MUTANT=17 turns one on. Each test
// first tells which switches it asks for; then, for each change, the tests that reach it run until one fails.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, getPriority, setPriority, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fail, read, root, run, rust, say } from "./setup.mjs";

/** Whose code is changed: FILE, or FOLDER/ for all files in it. */
const CODE = [
  "src/activitypub/documents/readers.rs",
  "src/activitypub/inbound/confirm.rs",
  "src/activitypub/inbound/forwarded.rs",
  "src/activitypub/inbound/inbox.rs",
  "src/activitypub/inbound/receive/",
  "src/activitypub/remote/keys.rs",
  "src/activitypub/remote/quotes.rs",
  "src/activitypub/remote/verify.rs",
  "src/activitypub/wire/audience.rs",
  "src/activitypub/wire/signature/",
  "src/http/authorization.rs",
  "src/http/cookies.rs",
  "src/http/cors.rs",
  "src/http/path.rs",
  "src/http/rate_limit.rs",
  "src/media/proxy.rs",
  "src/model/address.rs",
  "src/model/interaction.rs",
  "src/model/person.rs",
  "src/model/proxy.rs",
  "src/model/quote.rs",
  "src/model/scope.rs",
  "src/oauth/",
  "src/platform/guard.rs",
  "src/routes.rs",
  "src/services/approval.rs",
  "src/services/attempts.rs",
  "src/services/audience.rs",
  "src/services/feature.rs",
  "src/services/grant.rs",
  "src/services/interact.rs",
  "src/services/migrate.rs",
  "src/services/moderate.rs",
  "src/services/password.rs",
  "src/services/permission.rs",
  "src/services/quote.rs",
  "src/services/react.rs",
  "src/services/register.rs",
  "src/services/remove.rs",
  "src/services/second_step.rs",
  "src/services/sign_in.rs",
  "src/services/staff.rs",
  "src/services/vote.rs",
  "src/store/attempts.rs",
  "src/store/domain_blocks.rs",
  "src/store/rules.rs",
  "src/store/tokens.rs",
  "src/streaming/",
  "src/web/authorize.rs",
  "src/web/device.rs",
  "src/web/form.rs",
  "src/web/sign_in.rs",
  "src/webpush/send.rs",
];
/** In whose SQL a term of a condition becomes true (of several that must hold) or false (of alternatives). */
const SQL = [
  "src/store/accounts/reads.rs",
  "src/store/attempts.rs",
  "src/store/collections.rs",
  "src/store/conversations.rs",
  "src/store/domain_blocks.rs",
  "src/store/favourites.rs",
  "src/store/lists.rs",
  "src/store/muting.rs",
  "src/store/notifications/groups.rs",
  "src/store/notifications/reads.rs",
  "src/store/notifications/requests.rs",
  "src/store/polls.rs",
  "src/store/push.rs",
  "src/store/quotes.rs",
  "src/store/search.rs",
  "src/store/sessions.rs",
  "src/store/statuses/reads.rs",
  "src/store/statuses/views.rs",
  "src/store/streams.rs",
  "src/store/threads.rs",
  "src/store/timelines.rs",
  "src/store/tokens.rs",
];
/** Tests that are slow, or about the plans and costs of statements; of quotas is who may go on when they near their end. */
const OTHER_TESTS = /whatever_the_network_does|a_post_to_10000|plans|fixtures|costs::(?!quotas::)|architecture/;
/** Changes that are about pages, repetitions and work, not about who may see what. */
const OTHER_CHANGES = [
  /^src\/store\/.*: (\w+\.)?((last_)?status_)?id [<>]=? \?\d+ →/,
  /^src\/store\/search\.rs (is_due|begin_run|next_empty|window): /,
  /^src\/store\/threads\.rs (backfill_job|outbox_job|levels): /,
  /^src\/store\/(streams|timelines)\.rs (no_repeat|without_repeats|merge|scanned|home_is_whole|home_without_repeats): /,
];
const args = process.argv.slice(2);
const argument = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const words = (argument("-f") ?? "").split(",");
const WORKERS = Number(argument("-j") ?? availableParallelism());
const isLong = args.includes("--long");
const wantedTests = argument("--with") && new RegExp(argument("--with"));
const byWords = args.includes("--words");
const goesOn = args.includes("--again") || args.includes("--tests");
/** Milliseconds of tests, as `record` measures them, after which a change counts as not noticed; without a limit by `--long`. */
const PATIENCE = isLong ? Infinity : 10_000;

const folder = join(root, "target", "mutants");
const tree = join(folder, "tree");
const recorded = join(folder, "reached.json");
const survivorsFile = join(root, "scripts", "mutants", "survivors.md");
const doneFile = join(root, "scripts", "mutants", "done.json");
// The tests run so often that a build that takes twice as long is paid back.
const profile = { CARGO_PROFILE_DEV_OPT_LEVEL: "1", CARGO_PROFILE_DEV_DEBUG: "0" };
const environment = { ...process.env, ...profile, CARGO_TARGET_DIR: join(folder, "build"), INSTA_UPDATE: "no", INSTA_FORCE_PASS: "0" };

function filesBelow(path) {
  return readdirSync(join(root, path), { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath ?? e.path, e.name).slice(root.length + 1).replaceAll("\\", "/"))
    .sort();
}

const sources = filesBelow("src");
/** Whether a file is one of those that `-f` takes. */
const isWanted = (f) => words.some((w) => f.includes(w));
/** Whether a list of files and folders has a file. */
const isListed = (f, list) => list.some((p) => (p.endsWith("/") ? dirname(f) === p.slice(0, -1) : f === p));
/** The files of the last build, with which `--again` and `--tests` go on. */
const lastFiles = goesOn && existsSync(recorded) ? JSON.parse(readFileSync(recorded, "utf8")).files : undefined;
const chosen = (list) => sources.filter((f) => f.endsWith(".rs") && (goesOn ? (lastFiles?.includes(f) ?? true) : isWanted(f)) && isListed(f, list));
const code = chosen(CODE);
const sql = chosen(SQL);
if (![...code, ...sql].some(isWanted)) fail(`No file of scripts/mutants.mjs contains ${words.join(" or ")}.`);

/** By file: what it was when all of its changes were noticed or named, and how many those were. */
const done = existsSync(doneFile) ? JSON.parse(readFileSync(doneFile, "utf8")) : {};
const hashOf = (file) => createHash("sha256").update(readFileSync(join(root, file))).digest("hex").slice(0, 16);
const isDone = (file) => done[file]?.of === hashOf(file) && !args.includes("--all");

/** A copy of the repository: src/ without the files that get mutants, and links to the rest. */
function copy() {
  mkdirSync(tree, { recursive: true });
  const link = (to, at) => {
    if (existsSync(to) && !existsSync(at)) symlinkSync(to, at);
  };
  for (const name of readdirSync(root)) {
    if (!["src", "target", "node_modules"].includes(name) && !name.startsWith(".")) link(join(root, name), join(tree, name));
  }
  // What tests read beside the repository.
  link(join(dirname(root), "shared"), join(folder, "shared"));
  const written = new Set([...code, ...sql, "src/lib.rs", "src/mutant.rs"]);
  if (existsSync(join(tree, "src"))) {
    const old = readdirSync(join(tree, "src"), { withFileTypes: true, recursive: true }).filter((e) => e.isFile());
    for (const entry of old) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const name = path.slice(tree.length + 1).replaceAll("\\", "/");
      if (!sources.includes(name) && !written.has(name)) rmSync(path);
    }
  }
  for (const file of sources.filter((f) => !written.has(f))) {
    const [from, to] = [join(root, file), join(tree, file)];
    const text = readFileSync(from);
    if (existsSync(to) && readFileSync(to).equals(text)) continue;
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  }
}

/** Writes the changed files. */
function mutate(without) {
  const done = spawnSync(join(root, "scripts", "mutants", "target", "debug", "sori-mutants"), [root, tree], {
    input: JSON.stringify({ code, sql, without }),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) fail(done.stderr);
  return JSON.parse(done.stdout);
}

/** The numbers of the mutants that an error is in: the innermost around each of its places. */
function guilty(error, ranges) {
  const around = (span) => {
    const inside = ranges.filter(([, file, start, end]) => file === span.file_name && start <= span.byte_start && span.byte_end <= end);
    inside.sort((a, b) => a[3] - a[2] - (b[3] - b[2]));
    if (inside.length > 0) return [inside[0][0]];
    return span.expansion ? around(span.expansion.span) : [];
  };
  const primary = error.spans.filter((s) => s.is_primary).flatMap(around);
  return primary.length > 0 ? primary : [...error.spans, ...error.children.flatMap((c) => c.spans)].flatMap(around);
}

/** Builds; answers the mutants that compile, and the programs of tests. */
function build() {
  run("cargo", ["build", "--quiet", "--manifest-path", join(root, "scripts", "mutants", "Cargo.toml")], { env: { CARGO_TARGET_DIR: join(root, "scripts", "mutants", "target") } });
  copy();
  // Those that did not compile the last time, if nothing has changed since.
  const hash = createHash("sha256");
  const generator = filesBelow("scripts/mutants/src");
  for (const file of [...generator, ...code, ...sql]) hash.update(file).update(readFileSync(join(root, file)));
  const state = { of: hash.digest("hex"), without: [] };
  const known = join(folder, "without.json");
  const last = existsSync(known) ? JSON.parse(readFileSync(known, "utf8")) : state;
  const without = new Set(last.of === state.of ? last.without : []);
  for (;;) {
    const { mutants, ranges } = mutate([...without]);
    say(`building ${mutants.length} mutants`);
    const done = spawnSync("cargo", ["test", "--no-run", "--message-format=json", "--quiet"], { cwd: tree, env: environment, encoding: "utf8", maxBuffer: 1 << 30 });
    const messages = done.stdout.split("\n").filter((l) => l.startsWith("{")).map((l) => JSON.parse(l));
    if (done.status === 0) {
      writeFileSync(known, JSON.stringify({ ...state, without: [...without] }));
      const programs = messages.filter((m) => m.reason === "compiler-artifact" && m.profile.test && m.executable).map((m) => m.executable);
      return { mutants, programs, dropped: without.size };
    }
    const before = without.size;
    const errors = messages.filter((m) => m.reason === "compiler-message" && m.message.level === "error").map((m) => m.message);
    for (const error of errors) for (const number of guilty(error, ranges)) without.add(number);
    if (without.size === before) fail(`The copy does not compile:\n${errors.map((e) => e.rendered).join("\n") || done.stderr}`);
  }
}

/** The CPU time of a process in milliseconds; undefined on another system than Linux, and after its end. */
function cpuTime(pid) {
  try {
    // The command's name in parentheses may have spaces. 100 ticks a second on every Linux.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return undefined;
  }
}

/**
 * Runs tests of a program in one process; answers whether they pass, and which failed. One that hangs is ended after
 * `timeout` milliseconds of CPU time, or after ten times as many where it only waits, or none is told.
 */
function runTests(program, names, timeout, variables) {
  return new Promise((resolve) => {
    const child = spawn(program, ["--exact", "--test-threads=1", ...names], { cwd: tree, env: { ...environment, ...variables }, stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    const failed = () => output.match(/^test (\S+)(?: - should panic)? \.\.\. FAILED/m)?.[1];
    const start = performance.now();
    const timer = setInterval(() => {
      if ((cpuTime(child.pid) ?? 0) > timeout || performance.now() - start > 10 * timeout) child.kill("SIGKILL");
    }, 500);
    child.stdout.on("data", (data) => {
      output += data;
      if (output.includes("FAILED")) child.kill("SIGKILL");
    });
    child.on("close", (status) => {
      clearInterval(timer);
      resolve({ passed: status === 0, by: failed() ?? output.match(/^test (\S+) \.\.\. (?!ok)/m)?.[1] ?? names[0] });
    });
  });
}

/** Does the work for each item, several at a time. */
async function each(items, work) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

/**
 * All tests that pass and are not known, with the mutants that they reach and their time in milliseconds: of the CPU
 * where it is told (src/switch.rs.txt), since a busy machine would make it longer.
 */
async function record(programs, known = new Set()) {
  const scratch = mkdtempSync(join(tmpdir(), "sori-mutants-"));
  const tests = [];
  for (const program of programs) {
    const names = read(program, ["--list", "--format", "terse"], { cwd: tree }).split("\n").filter((l) => l.endsWith(": test")).map((l) => l.slice(0, -6));
    for (const name of names) if (!OTHER_TESTS.test(name) && !known.has(name)) tests.push({ program, name });
  }
  say(`recording what ${tests.length} tests reach`);
  await each(tests, async (test) => {
    const file = join(scratch, test.name.replaceAll(":", "_"));
    const begin = performance.now();
    const { passed } = await runTests(test.program, [test.name], 600_000, { SORI_MUTANTS_REACHED: file });
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    const time = lines.find((l) => l.startsWith("time "));
    test.time = time ? Number(time.slice(5)) / 1000 : performance.now() - begin;
    test.reached = passed ? lines.filter((l) => !l.startsWith("time ")).map(Number) : [];
    if (!passed) say(`not counted, as it fails without a mutant: ${test.name}`);
  });
  rmSync(scratch, { recursive: true });
  return tests;
}

/** How often tests noticed mutants of a function or a file. */
const noticers = new Map();
const noticedBy = (place, test) => noticers.get(place)?.get(test.name) ?? 0;
function count(place, name) {
  if (!noticers.has(place)) noticers.set(place, new Map());
  noticers.get(place).set(name, (noticers.get(place).get(name) ?? 0) + 1);
}

/**
 * How much a test is about a function or a file: the mutants of it that it reaches, each the more the fewer others reach it,
 * and which part they are of all that it reaches: what every test reaches has tests of its own as well.
 */
const shares = new Map();
function weigh(mutants, tests) {
  const places = new Map(mutants.map((m) => [m.number, [`${m.file} ${m.function}`, m.file]]));
  const times = new Map();
  for (const test of tests) for (const number of test.reached) times.set(number, (times.get(number) ?? 0) + 1);
  for (const test of tests) {
    const share = new Map();
    for (const number of test.reached) for (const place of places.get(number) ?? []) share.set(place, (share.get(place) ?? 0) + 1 / times.get(number) + 1 / test.reached.size);
    shares.set(test.name, share);
  }
}

/** The one of the tests that notices a mutant, or undefined. First run those that noticed others there or are most about it. */
async function noticed(mutant, tests) {
  const place = `${mutant.file} ${mutant.function}`;
  const stem = mutant.file.replace(/^.*?(\w+)(\/mod)?\.rs$/, "$1");
  const own = `${mutant.file.replace(/^src\//, "").replace(/(\/mod)?\.rs$/, "").replaceAll("/", "::")}::tests::`;
  const words = stems(mutant);
  // The module's own, those that are named as it is or as the change, and the quick ones first: slow ones that have noticed something else there would use up the time.
  const value = (t) => {
    const has = (of) => Math.min(1, noticedBy(of, t));
    const share = (of) => shares.get(t.name)?.get(of) ?? 0;
    const isOwn = t.name.startsWith(own);
    const named = words.filter((word) => t.name.includes(word)).length;
    return (20 * isOwn + 5 * t.name.includes(stem) + 3 * named + 6 * has(place) + 2 * has(mutant.file) + 3 * share(place) + share(mutant.file)) / Math.sqrt(t.time + 5);
  };
  const order = tests.map((t) => [value(t), t]).sort(([a], [b]) => b - a);
  let sum = 0;
  let left = order.map(([, t]) => t).filter((t) => (sum += t.time) - t.time < PATIENCE);
  for (let size = 1; left.length > 0; size = Math.min(2 * size, 32)) {
    const program = left[0].program;
    const other = left.findIndex((t) => t.program !== program);
    const some = left.slice(0, Math.min(size, other < 0 ? left.length : other));
    left = left.slice(some.length);
    const time = some.reduce((sum, t) => sum + t.time, 0);
    const { passed, by } = await runTests(program, some.map((t) => t.name), 5_000 + 5 * time, { SORI_MUTANT: String(mutant.number) });
    if (!passed) {
      count(place, by);
      count(mutant.file, by);
      return by;
    }
  }
}

/** What survivors.md names: a heading for each file, a line for each change. */
function named() {
  const all = new Set();
  let file = "";
  for (const line of existsSync(survivorsFile) ? readFileSync(survivorsFile, "utf8").split("\n") : []) {
    if (line.startsWith("## ")) file = line.slice(3).trim();
    const change = line.match(/^- `` (.+?) ``/);
    if (change) all.add(`${file} ${change[1]}`);
  }
  return all;
}
const key = (m) => `${m.file} ${m.function}: ${m.change}`;

/** Builds; answers what is in reached.json. */
async function recordAll() {
  const built = build();
  const last = args.includes("--tests") ? JSON.parse(readFileSync(recorded, "utf8")) : undefined;
  if (!last) return { ...built, tests: await record(built.programs) };
  if (JSON.stringify(last.mutants) !== JSON.stringify(built.mutants)) fail("The changed code is another. Run it without --tests.");
  // A program's name may change with what is in it.
  const [before, now] = [last.programs, built.programs].map((all) => all.map((p) => basename(p).replace(/-[0-9a-f]+(\.exe)?$/, "")));
  const old = last.tests.map((t) => ({ ...t, program: built.programs[now.indexOf(before[last.programs.indexOf(t.program)])] }));
  return { ...built, tests: [...old, ...(await record(built.programs, new Set(old.map((t) => t.name))))] };
}

rust();
setPriority(Math.max(10, getPriority()));
const begin = performance.now();
if (!args.includes("--again")) writeFileSync(recorded, JSON.stringify({ ...(await recordAll()), files: [...code, ...sql] }));
const { mutants: all, programs, dropped, tests } = JSON.parse(readFileSync(recorded, "utf8"));
for (const test of tests) test.reached = new Set(test.reached);
// Of several changes with the same words in a function, all but the first have a number.
const same = new Map();
for (const m of all) {
  const n = (same.get(key(m)) ?? 0) + 1;
  same.set(key(m), n);
  if (n > 1) m.change += ` (${n})`;
}
const mutants = all.filter((m) => isWanted(m.file) && !isDone(m.file) && !OTHER_CHANGES.some((r) => r.test(key(m))));
const reached = new Set(tests.flatMap((t) => [...t.reached]));
weigh(all, tests);
const names = named();
const isNamed = (m) => names.has(key(m)) && !args.includes("--all");
/** By number: the mutant, what noticed it, else how many tests (of those recorded) have run, and whether without a limit. */
const resultsFile = join(folder, "results.json");
const results = new Map(goesOn && existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")).map((r) => [r.number, r]) : []);
for (const { file, function: name, by } of results.values()) if (by) for (const place of [`${file} ${name}`, file]) count(place, by);
const rank = (m) => words.findIndex((w) => m.file.includes(w));
const wanted = mutants.filter((m) => reached.has(m.number) && !isNamed(m)).sort((a, b) => rank(a) - rank(b) || a.number - b.number);
/** How the longer words of a change and its function begin: `budget` and `suspen` of `process: budget::is_suspended(…) → false`. */
function stems({ function: name, change }) {
  const words = `${name} ${change.split("→")[0]}`.toLowerCase().split(/[^a-z]+/);
  return [...new Set(words.filter((word) => word.length > 3 && !["some", "true", "false", "none", "self"].includes(word)).map((word) => word.slice(0, 6)))];
}
/** The tests that have not run on a mutant. */
const untried = (mutant) => {
  const { number } = mutant;
  const last = results.get(number);
  if (byWords) return last && !last.by ? tests.filter((t) => t.reached.has(number) && stems(mutant).some((stem) => t.name.includes(stem))) : [];
  // One that has changed may reach more than it did.
  if (wantedTests) return last && !last.by ? tests.filter((t) => wantedTests.test(t.name)) : [];
  return last?.by ? [] : tests.slice(last && (last.isLong || !isLong) ? last.tried : 0).filter((t) => t.reached.has(number));
};
const left = wanted.filter((m) => untried(m).length > 0);
say(`running ${left.length} of ${wanted.length} mutants that are reached and not named`);
await each(left, async (mutant) => {
  const by = await noticed(mutant, untried(mutant));
  results.set(mutant.number, { ...mutant, by, tried: tests.length, isLong: isLong || results.get(mutant.number)?.isLong });
  if (!by) console.log(`${mutant.number} ${mutant.file}:${mutant.line} ${mutant.function}: ${mutant.change}`);
  writeFileSync(resultsFile, JSON.stringify([...results.values()]));
});
const survivors = wanted.filter((m) => !results.get(m.number)?.by);
for (const m of survivors.filter((m) => !left.includes(m))) console.log(`as before: ${m.number} ${m.file}:${m.line} ${m.function}: ${m.change}`);
const unreached = mutants.filter((m) => !reached.has(m.number) && !isNamed(m));
for (const m of unreached) console.log(`not reached: ${m.number} ${m.file}:${m.line} ${m.function}: ${m.change}`);
const gone = [...names].filter((n) => [...code, ...sql].some((f) => isWanted(f) && n.startsWith(`${f} `)) && !all.some((m) => key(m) === n));
for (const name of gone) console.log(`named, but no mutant any more: ${name}`);
say(
  `${mutants.length} mutants (${dropped} more of the build do not compile): ${wanted.length - survivors.length} noticed, ${mutants.filter(isNamed).length} named, ` +
    `${survivors.length} not noticed, ${unreached.length} not reached; ${Math.round((performance.now() - begin) / 60_000)} minutes. Tests with one of them: ` +
    `SORI_MUTANT=number ${programs.at(-1)}`,
);
for (const file of new Set(mutants.map((m) => m.file))) {
  const isIn = (m) => m.file === file;
  if (survivors.some(isIn) || unreached.some(isIn)) continue;
  done[file] = { of: hashOf(file), noticed: wanted.filter(isIn).length, named: mutants.filter((m) => isIn(m) && isNamed(m)).length };
}
for (const file of Object.keys(done)) if (!sources.includes(file) || !isListed(file, [...CODE, ...SQL])) delete done[file];
writeFileSync(doneFile, `${JSON.stringify(Object.fromEntries(Object.entries(done).sort()), null, 2)}\n`);
if (survivors.length + unreached.length + gone.length > 0) process.exitCode = 1;
