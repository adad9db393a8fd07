// Three instances on real workerd: what reaches which, over two hops.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { account, client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 50;

describe("three instances", () => {
  const people = {};
  before(async () => {
    for (const [n, name] of ["ada", "bea", "cem"].entries()) {
      const instance = await startInstance({ port: PORT + n });
      people[name] = { instance, api: client(instance.origin, await account(instance, name)), handle: `@${name}@localhost:${PORT + n}` };
    }
  });
  after(async () => {
    for (const { instance } of Object.values(people)) await instance.stop();
  });
  const find = async (who, handle) =>
    (await people[who].api("GET", `/api/v2/search?q=${encodeURIComponent(handle)}&resolve=true&type=accounts`)).accounts[0];
  const follow = async (who, whom) => {
    const found = await find(who, people[whom].handle);
    await people[who].api("POST", `/api/v1/accounts/${found.id}/follow`);
    await eventually(`${who} follows ${whom}`, async () => (await people[who].api("GET", `/api/v1/accounts/relationships?id[]=${found.id}`))[0].following);
    return found;
  };
  const home = (who, test) => eventually(`something at ${who}'s home`, async () => (await people[who].api("GET", "/api/v1/timelines/home?limit=40")).find(test));
  const told = (who, type, test = () => true) =>
    eventually(`${who} is told of a ${type}`, async () => (await people[who].api("GET", "/api/v1/notifications")).find((n) => n.type === type && test(n)));

  test("a boost brings a post to a server that has not stored its author, and the reply comes back", async () => {
    await follow("bea", "ada");
    await follow("cem", "bea");
    const post = await people.ada.api("POST", "/api/v1/statuses", { status: "spores on the wind" });
    const atBea = await home("bea", (s) => s.uri === post.uri);
    await people.bea.api("POST", `/api/v1/statuses/${atBea.id}/reblog`);
    const boost = await home("cem", (s) => s.reblog?.uri === post.uri);
    assert.equal(boost.reblog.account.acct, people.ada.handle.slice(1));
    await people.cem.api("POST", `/api/v1/statuses/${boost.reblog.id}/favourite`);
    await told("ada", "favourite", (n) => n.account.acct === people.cem.handle.slice(1));
    const answer = await people.cem.api("POST", "/api/v1/statuses", { status: `${people.ada.handle} caught one`, in_reply_to_id: boost.reblog.id });
    const mention = await told("ada", "mention", (n) => n.status.uri === answer.uri);
    assert.equal(mention.status.in_reply_to_id, post.id);
    // An edit and the deletion reach both.
    await people.ada.api("PUT", `/api/v1/statuses/${post.id}`, { status: "spores on the water" });
    await home("bea", (s) => s.uri === post.uri && /water/.test(s.content));
    await home("cem", (s) => s.reblog?.uri === post.uri && /water/.test(s.reblog.content));
    await people.ada.api("DELETE", `/api/v1/statuses/${post.id}`);
    for (const who of ["bea", "cem"]) {
      await eventually(`the deletion at ${who}`, async () =>
        !(await people[who].api("GET", "/api/v1/timelines/home?limit=40")).some((s) => (s.reblog ?? s).uri === post.uri));
    }
  });

  test("a poll is voted in from two servers, and all see the same", async () => {
    await follow("cem", "ada");
    const poll = { options: ["leaf", "spore"], expires_in: 3600 };
    const question = await people.ada.api("POST", "/api/v1/statuses", { status: "which?", poll });
    for (const [who, choice] of [["bea", 0], ["cem", 1]]) {
      const seen = await home(who, (s) => s.uri === question.uri);
      await people[who].api("POST", `/api/v1/polls/${seen.poll.id}/votes`, { choices: [choice] });
    }
    await eventually("both votes at their author's", async () => {
      const { votes_count, options } = await people.ada.api("GET", `/api/v1/polls/${question.poll.id}`);
      return votes_count === 2 && options.every((o) => o.votes_count === 1);
    });
  });

  test("a blocked account gets nothing more", async () => {
    const cem = await find("ada", people.cem.handle);
    await people.ada.api("POST", `/api/v1/accounts/${cem.id}/block`);
    const ada = await find("cem", people.ada.handle);
    await eventually("the follow undone at cem's", async () => !(await people.cem.api("GET", `/api/v1/accounts/relationships?id[]=${ada.id}`))[0].following);
    const post = await people.ada.api("POST", "/api/v1/statuses", { status: "not for everybody", visibility: "private" });
    await home("bea", (s) => s.uri === post.uri);
    assert.ok(!(await people.cem.api("GET", "/api/v1/timelines/home?limit=40")).some((s) => s.uri === post.uri));
  });
});
