// The instance that posts are brought to: requests that wait where it asks for it, and are tried again where that may help.

/** `code`: tomorrow, sign in, fault, stopped. */
export class ServerError extends Error {
  constructor(code, text = "") {
    super(text || code);
    this.code = code;
  }
}

/** Seconds that are waited for; what asks for more is for another day. */
const MAX_WAIT = 40 * 60;
const TRIES = 4;

export class Server {
  /**
   * @param {object} options
   * @param {string} options.base the address before `/known`, `/posts`, `/media`, `/remove`
   * @param {() => Record<string, string>} options.headers what each request bears
   * @param {(response: Response) => void} [options.seen] called with each response
   * @param {(seconds: number) => void} [options.waits] called before a wait
   * @param {AbortSignal} [options.signal]
   * @param {typeof fetch} [options.fetch]
   */
  constructor({ base, headers, seen = () => {}, waits = () => {}, signal, fetch = (...all) => globalThis.fetch(...all) }) {
    Object.assign(this, { base, headers, seen, waits, signal, fetch });
  }

  async pause(seconds) {
    this.waits(seconds);
    await new Promise((done) => {
      const timer = setTimeout(done, seconds * 1000);
      this.signal?.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
    });
    this.stopped();
  }

  stopped() {
    if (this.signal?.aborted) throw new ServerError("stopped");
  }

  /** The answer's status and JSON. Throws where going on makes no sense. */
  async send(step, body, type) {
    let failures = 0;
    for (let waits = 0; ; ) {
      this.stopped();
      let response;
      try {
        const headers = { accept: "application/json", ...(type && { "content-type": type }), ...this.headers() };
        response = await this.fetch(`${this.base}/${step}`, { method: "POST", body, headers, signal: this.signal, redirect: "error" });
        this.seen(response);
      } catch (error) {
        this.stopped();
        if (++failures >= TRIES) throw new ServerError("fault", String(error.cause?.code ?? error.message));
        await this.pause(2 ** failures);
        continue;
      }
      const { status } = response;
      const asked = Number(response.headers.get("retry-after"));
      if (status === 401 || status === 403) throw new ServerError("sign in", await said(response));
      if (status === 429) {
        // Until the window of the limit ends, else a minute.
        const reset = Date.parse(response.headers.get("x-ratelimit-reset") ?? "");
        const seconds = Number.isFinite(reset) ? (reset - Date.now()) / 1000 : asked || 60;
        if (seconds > MAX_WAIT || ++waits > 40) throw new ServerError("tomorrow");
        await this.pause(Math.max(2, Math.ceil(seconds)));
        continue;
      }
      if (status === 503 && asked > 0) {
        if (asked > MAX_WAIT || ++waits > 40) throw new ServerError("tomorrow");
        await this.pause(asked);
        continue;
      }
      // A file that did not arrive whole, as on a slow line, says nothing of the file; a form is never malformed.
      if (status >= 500 || status === 409 || (status === 400 && body instanceof FormData)) {
        if (++failures >= TRIES) throw new ServerError("fault", await said(response));
        await this.pause(2 ** failures);
        continue;
      }
      return { status, body: await response.json().catch(() => ({})) };
    }
  }

  /** The answer to JSON; the type keeps it from being read as parameters. */
  json(step, value) {
    return this.send(step, JSON.stringify(value), "application/activity+json");
  }

  /** Those of these uris that are there. @returns {Promise<string[]>} */
  async known(uris) {
    const { status, body } = await this.json("known", { uris });
    if (status !== 200) throw new ServerError("fault", body.error);
    return body.known;
  }

  /** What became of each post; nothing where they are too large for one request. */
  async posts(actor, items) {
    const { status, body } = await this.json("posts", { actor, items });
    if (status === 413 || status === 400) return undefined;
    if (status !== 200) throw new ServerError("fault", body.error);
    return body.items;
  }

  /** The id of an uploaded file; nothing where it is not taken. @param {Blob} blob */
  async upload(blob, { description = "", focus = "" }) {
    const form = new FormData();
    if (description) form.set("description", description);
    if (focus) form.set("focus", focus);
    form.set("file", blob, "file");
    const { status, body } = await this.send("media", form);
    return status === 200 ? body.id : undefined;
  }

  /** The same of a file that the instance fetches itself. */
  async copy(url, { description = "", focus = "" }) {
    const { status, body } = await this.send("media", JSON.stringify({ url, description, focus }), "application/json");
    return status === 200 ? body.id : undefined;
  }

  /** Removes some of what was brought along. @returns {Promise<{removed: number, more: boolean}>} */
  async remove() {
    const { status, body } = await this.json("remove", {});
    if (status !== 200) throw new ServerError("fault", body.error);
    return body;
  }
}

async function said(response) {
  const body = await response.json().catch(() => ({}));
  return typeof body.error === "string" ? body.error : `HTTP ${response.status}`;
}
