// A database of Sori as an SQL file, by wrangler: of a deployed server, or of a local one. `wrangler d1 export` refuses
// databases with a full-text index (workers-sdk#9519), so this reads the rows by SELECT, in pages.
//
// The file makes the database anew, as `wrangler d1 execute --file` runs it: in one transaction, so that a restore is whole or
// nothing. Rows were read at different times: those that refer to a row that is not there are removed at the end.
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ask } from "./common.mjs";

/** The database of wrangler.toml: the deployed one, or that of a folder of local state. */
export function database(folder) {
  const where = folder ? ["--local", "--persist-to", folder] : ["--remote"];
  return {
    where,
    /** The rows of each of some statements. */
    async query(...statements) {
      const printed = await ask(["d1", "execute", "DB", ...where, "--json", "--command", statements.join(";\n")]);
      return JSON.parse(printed.toString()).map((answer) => answer.results);
    },
    /** Runs SQL as one transaction: its pieces become a file, since a large database's are too long for one string. */
    async run(pieces) {
      const place = mkdtempSync(join(tmpdir(), "sori-"));
      const file = join(place, "restore.sql");
      try {
        await pipeline(Readable.from(pieces), createWriteStream(file, { mode: 0o600 }));
        await ask(["d1", "execute", "DB", ...where, "--json", "--yes", "--file", file]);
      } finally {
        rmSync(place, { recursive: true, force: true });
      }
    },
  };
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
const text = (value) => `'${value.replaceAll("'", "''")}'`;

/** A page of rows has about so many bytes. */
const PAGE = 2_000_000;
const FIRST = 50;
const MOST = 5_000;
/** Tables are begun together by commands of so many characters: a program's argument is limited, to 128 kB on Linux. */
const COMMAND = 60_000;
/** D1 takes statements of 100,000 bytes: rows are put together up to this, */
const STATEMENT = 50_000;
/** and of a row that is longer, texts of more characters than this are put together from pieces. */
const LONG = 4_000;
const PIECE = 20_000;

/** What a database has: tables with columns and keys, virtual tables, indexes and triggers, in the order of their creation. */
async function shape(db) {
  const [objects, columns, references] = await db.query(
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY rowid",
    "SELECT m.name AS t, p.name AS c, p.pk AS pk, p.hidden AS hidden FROM sqlite_master m JOIN pragma_table_xinfo(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY m.rowid, p.cid",
    "SELECT m.name AS t, p.\"table\" AS parent, p.\"from\" AS c, p.\"to\" AS parent_column, p.on_delete AS on_delete FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
  );
  const isVirtual = (o) => /^CREATE VIRTUAL TABLE/i.test(o.sql);
  const virtual = objects.filter(isVirtual);
  // An index of FTS5 has tables of its own.
  const isShadow = (o) => virtual.some((v) => ["data", "idx", "content", "docsize", "config"].some((end) => o.name === `${v.name}_${end}`));
  const tables = objects
    .filter((o) => o.type === "table" && !isVirtual(o) && !isShadow(o))
    .map((o) => {
      const own = columns.filter((c) => c.t === o.name && c.hidden === 0);
      const key = own.filter((c) => c.pk > 0).sort((a, b) => a.pk - b.pk);
      return {
        name: o.name,
        sql: o.sql,
        columns: own.map((c) => c.c),
        key: /WITHOUT\s+ROWID\W*$/i.test(o.sql) ? key.map((c) => quoted(c.c)) : ["rowid"],
        references: references.filter((r) => r.t === o.name),
      };
    });
  const indexes = objects.filter((o) => o.type === "index");
  const triggers = objects.filter((o) => o.type === "trigger");
  return { tables, virtual, indexes, triggers };
}

/** The statement that reads the next page of a table. Every value is a literal of SQL. */
function page(table, after, limit) {
  const key = table.key.join(", ");
  const values = table.columns.map((c, n) => `quote(${quoted(c)}) AS c${n}`);
  const keys = table.key.map((k, n) => `quote(${k}) AS k${n}`);
  const from = after ? ` WHERE (${key}) > (${after.join(", ")})` : "";
  return `SELECT ${[...values, ...keys].join(", ")} FROM ${quoted(table.name)}${from} ORDER BY ${key} LIMIT ${limit}`;
}

/** The INSERT statements of some rows, each a list of literals. */
function* inserts(table, rows) {
  const head = `INSERT OR IGNORE INTO ${quoted(table.name)} (${table.columns.map(quoted).join(", ")}) VALUES\n`;
  let values = [];
  let length = 0;
  const flush = () => {
    const all = `${head}${values.join(",\n")};\n`;
    values = [];
    length = 0;
    return all;
  };
  for (const row of rows) {
    let line = `(${row.join(", ")})`;
    if (Buffer.byteLength(line) > STATEMENT) {
      if (values.length) yield flush();
      const pieces = [];
      line = `(${row
        .map((literal) => {
          if (literal.length <= LONG || !literal.startsWith("'")) return literal;
          pieces.push(literal.slice(1, -1).replaceAll("''", "'"));
          return `(SELECT text FROM restored_pieces WHERE n = ${pieces.length})`;
        })
        .join(", ")})`;
      for (const [n, whole] of pieces.entries()) {
        yield `INSERT INTO restored_pieces VALUES (${n + 1}, '');\n`;
        const characters = [...whole];
        for (let at = 0; at < characters.length; at += PIECE) {
          yield `UPDATE restored_pieces SET text = text || ${text(characters.slice(at, at + PIECE).join(""))} WHERE n = ${n + 1};\n`;
        }
      }
      yield `${head}${line};\nDELETE FROM restored_pieces;\n`;
      continue;
    }
    if (length + line.length > STATEMENT) yield flush();
    values.push(line);
    length += Buffer.byteLength(line) + 2;
  }
  if (values.length) yield flush();
}

/** Statements that remove rows whose parent is not there. */
function* orphans(tables) {
  for (const table of tables) {
    for (const { parent, c, parent_column, on_delete } of table.references) {
      const is = `${quoted(c)} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${quoted(parent)} p WHERE p.${quoted(parent_column)} = ${quoted(table.name)}.${quoted(c)})`;
      yield on_delete === "SET NULL" ? `UPDATE ${quoted(table.name)} SET ${quoted(c)} = NULL WHERE ${is};\n` : `DELETE FROM ${quoted(table.name)} WHERE ${is};\n`;
    }
  }
}

/** The triggers that fill an index from the rows of a table: they are there while rows are inserted, all others after. */
const FILLING = ["accounts_found"];

/**
 * Writes a database as SQL to `write`, and answers what it has. `report(rows)` is called after each page.
 * @returns {Promise<{rows: number, files: {key: string, type: string}[]}>}
 */
export async function dump(db, write, report = () => {}) {
  const { tables, virtual, indexes, triggers } = await shape(db);
  if (!tables.some((t) => t.name === "settings")) throw new Error("the database is empty: nothing was set up yet");
  await write("PRAGMA defer_foreign_keys = TRUE;\n");
  for (const table of [...tables, ...virtual]) await write(`${table.sql};\n`);
  // Before the rows: some are there to refuse a second one.
  for (const index of indexes) await write(`${index.sql};\n`);
  await write("CREATE TABLE restored_pieces (n INTEGER PRIMARY KEY, text TEXT NOT NULL);\n");
  for (const trigger of triggers.filter((t) => FILLING.includes(t.name))) await write(`${trigger.sql};\n`);
  let rows = 0;
  const files = [];
  // Children before their parents: what is added meanwhile has its parent in the file.
  const waiting = tables.toReversed().map((table) => ({ table, after: undefined, limit: FIRST }));
  while (waiting.length) {
    // Small tables are read together, a large one by itself.
    const now = [];
    const statements = [];
    let length = 0;
    for (const one of waiting[0].after ? waiting.slice(0, 1) : waiting) {
      const statement = page(one.table, one.after, one.limit);
      length += statement.length;
      if (now.length && length > COMMAND) break;
      now.push(one);
      statements.push(statement);
    }
    const answers = await db.query(...statements);
    for (const [n, found] of answers.entries()) {
      const one = now[n];
      const lines = found.map((row) => one.table.columns.map((_, c) => row[`c${c}`]));
      for (const statement of inserts(one.table, lines)) await write(statement);
      if (one.table.name === "media") files.push(...lines.flatMap((line) => filesOf(one.table, line)));
      rows += found.length;
      if (found.length < one.limit) {
        waiting.splice(waiting.indexOf(one), 1);
        continue;
      }
      one.after = one.table.key.map((_, k) => found.at(-1)[`k${k}`]);
      const bytes = lines.reduce((sum, line) => sum + line.reduce((s, v) => s + v.length, 0), 1);
      one.limit = Math.max(10, Math.min(MOST, 4 * one.limit, Math.floor((PAGE * one.limit) / bytes)));
      // A table that was begun is finished first.
      waiting.splice(waiting.indexOf(one), 1);
      waiting.unshift(one);
    }
    report(rows);
  }
  await write("DROP TABLE restored_pieces;\n");
  for (const statement of orphans(tables)) await write(statement);
  await dumpSearch(db, write);
  for (const trigger of triggers.filter((t) => !FILLING.includes(t.name))) await write(`${trigger.sql};\n`);
  return { rows, files };
}

/**
 * Which statuses are in the full-text index: their texts are not stored, and the server writes them again, sixty a minute
 * (src/store/search.rs).
 */
async function dumpSearch(db, write) {
  let after = 0;
  for (;;) {
    const [found] = await db.query(`SELECT id FROM status_search_docsize WHERE id > ${after} ORDER BY id LIMIT ${MOST}`);
    if (found.length) {
      await write(`INSERT INTO status_search (rowid, text) SELECT value, '' FROM json_each('${JSON.stringify(found.map((row) => row.id))}');\n`);
      after = found.at(-1).id;
    }
    if (found.length < MOST) break;
  }
  await write("INSERT OR REPLACE INTO settings (key, value) VALUES ('indexed_until', '0'), ('index_step', '120');\n");
  await write("INSERT OR REPLACE INTO settings (key, value) SELECT 'restored_until', coalesce(max(id), 0) FROM statuses;\n");
}

/** The stored files of a row of `media`, with their types. */
function filesOf(table, line) {
  const value = (column) => {
    const literal = line[table.columns.indexOf(column)];
    return literal?.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : "";
  };
  const parsed = (column, otherwise) => {
    try {
      return JSON.parse(value(column));
    } catch {
      return otherwise;
    }
  };
  const file = parsed("file", {});
  const keys = parsed("keys", []);
  return keys.filter((key) => /^[\w-]+$/.test(key)).map((key) => ({ key, type: file.name?.startsWith(key) ? file.media_type : "image/jpeg" }));
}

/** The statements that remove whatever a database has, to be run before those of a backup. */
export async function removal(db) {
  const { tables, virtual, triggers } = await shape(db);
  return [
    "PRAGMA defer_foreign_keys = TRUE;\n",
    ...triggers.map((t) => `DROP TRIGGER ${quoted(t.name)};\n`),
    // A vocabulary goes before its index.
    ...virtual.toReversed().map((t) => `DROP TABLE ${quoted(t.name)};\n`),
    ...tables.toReversed().map((t) => `DROP TABLE ${quoted(t.name)};\n`),
  ].join("");
}

/** Whose server a database is: the names of its domains; undefined where it was not set up. */
export async function owner(db) {
  try {
    const [domains] = await db.query("SELECT web_origin AS origin FROM domains ORDER BY is_primary DESC");
    return domains[0]?.origin;
  } catch (error) {
    if (/no such table/i.test(error.message)) return undefined;
    throw error;
  }
}
