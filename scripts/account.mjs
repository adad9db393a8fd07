// npm run account -- NAME [--admin] [--password=WORDS]: an account on the running local instance, with a password to sign
// in (a new one where none is given). The last line is a bearer token with all scopes. On a new instance this is the set-up:
// the account is the owner's.
import { fail } from "./common.mjs";
import { openState } from "./state.mjs";

const options = process.argv.slice(2).filter((a) => a.startsWith("--"));
const [name, ...more] = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const password = options.find((o) => o.startsWith("--password="))?.slice("--password=".length);
const unknown = options.find((o) => o !== "--admin" && !o.startsWith("--password="));
if (!name || more.length || unknown) {
  console.error("usage: npm run account -- NAME [--admin] [--password=WORDS]");
  process.exit(2);
}
const state = openState();
const running = state.running();
const local = process.env.PORT ? `http://localhost:${process.env.PORT}` : (running?.local ?? "http://localhost:8787");
let response;
try {
  response = await fetch(`${local}/_dev/account`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-setup-code": state.vars.SETUP_CODE },
    body: JSON.stringify({ username: name, admin: options.includes("--admin"), password }),
  });
} catch (error) {
  fail(`Nobody answers at ${local}: is npm start running? (${error.cause?.code ?? error.message})`);
}
if (response.status === 404) {
  fail(`The instance at ${local} is not that of the folder ${state.path} (see SORI_STATE and PORT), or its PUBLIC_ORIGIN is not on this machine: there accounts are made by sign-up only.`);
}
const made = await response.json();
if (!response.ok) fail(`${local} answers ${response.status}: ${made.error}`);
const origin = running?.publicOrigin ?? local;
const roles = { owner: "the owner of the server", admin: "an administrator" };
console.log(`@${made.username}@${new URL(origin).host}${roles[made.role] ? `, ${roles[made.role]}` : ""}`);
console.log(made.is_new ? `Password: ${made.password}` : "The account was there already; its password is the same as before.");
console.log(`Sign in at ${origin}/sign_in, or use this token:`);
console.log(made.token);
