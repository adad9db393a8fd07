// npm run domain [-- COMMAND]: the domains of an instance, as its page /settings/domains has them.
import { fail } from "./common.mjs";
import { call, instance, token } from "./token.mjs";

const USAGE = `usage: npm run domain -- [--instance=https://my.name] COMMAND
  list                        the domains
  add DOMAIN [ADDRESS]        a domain of handles; ADDRESS where it leads to this server itself: https://DOMAIN
  verify DOMAIN               whether other servers find its people
  primary DOMAIN              who signs up is on it, and apps show its handles without a domain
  open DOMAIN, close DOMAIN   whether everybody with an account may have a name on it
  person DOMAIN NAME          somebody new on it; prints a password
  end DOMAIN                  gives it up, where nobody lives on it`;
const WORDS = { list: 0, add: 1, verify: 1, primary: 1, open: 1, close: 1, person: 2, end: 1 };
const options = process.argv.slice(2).filter((word) => word.startsWith("--"));
const [command = "list", ...words] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const most = WORDS[command] + (command === "add" ? 1 : 0);
if (WORDS[command] === undefined || words.length < WORDS[command] || words.length > most || options.some((o) => !o.startsWith("--instance="))) {
  console.error(USAGE);
  process.exit(2);
}
const origin = instance(options[0]?.slice("--instance=".length));
const bearer = await token(origin, "admin:read admin:write");
const [domain, word] = words;
const path = command === "list" || command === "add" ? "/api/v1/sori/domains" : `/api/v1/sori/domains/${encodeURIComponent(domain)}/${command}`;
const body = command === "add" ? { domain, address: word ?? "" } : { username: word };
const { status, json } = await call(origin, bearer, command === "list" ? "GET" : "POST", path, command === "list" ? undefined : body);
if (status === 404) fail(`${domain} is none of the domains of ${origin}, or is not verified yet.`);
if (status !== 200) fail(json.error ?? `${status}`);

function line(d) {
  const is = [d.is_primary && "primary", d.is_ended && "given up", !d.is_verified && !d.is_ended && "not verified", d.is_open && "open to everybody here"];
  return `${d.domain}  ${d.address}  ${[...is.filter(Boolean), `${d.people} ${d.people === 1 ? "person" : "people"}`].join(", ")}`;
}

if (command === "list") console.log(json.map(line).join("\n"));
else if (command === "verify") {
  console.log(`${json.state === "good" ? "found" : json.state === "bad" ? "not found" : "could not be checked"}: ${json.seen}`);
  if (json.state === "bad") console.log(`What to set up at the domain: ${origin}/settings/domains/${domain}`);
  process.exitCode = json.state === "bad" ? 1 : 0;
} else if (command === "person") console.log(`@${json.handle}\nPassword: ${json.password}\nSign in at ${origin}/sign_in`);
else if (command === "add") {
  console.log(`${json.domain} is here. What to set up there: ${origin}/settings/domains/${json.domain}\nThen: npm run domain -- verify ${json.domain}`);
} else console.log(line(json));
