// npm run account -- NAME [--admin]: an account on the running local instance; the last line is a bearer
// token with all scopes. Finishes the set-up with defaults where that is still to do.
import { openState } from "./state.mjs";

const [name] = process.argv.slice(2).filter((a) => !a.startsWith("--"));
if (!name) {
  console.error("usage: npm run account -- NAME [--admin]");
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
    body: JSON.stringify({ username: name, admin: process.argv.includes("--admin") }),
  });
} catch (error) {
  console.error(`nobody answers at ${local}: is npm start running? (${error.cause?.code ?? error.message})`);
  process.exit(1);
}
const text = await response.text();
if (!response.ok) {
  console.error(`${local} answers ${response.status}: ${text}`);
  process.exit(1);
}
console.log(`@${name} on ${running?.publicOrigin ?? local}`);
console.log(JSON.parse(text).token);
