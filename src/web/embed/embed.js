// Gives the frames of our statuses on another site the height of what is in them. The messages are those of Mastodon's embed.js.
(() => {
  "use strict";
  const origin = new URL(document.currentScript.src).origin;
  const frames = new Map();

  addEventListener("message", ({ data, source }) => {
    const frame = typeof data === "object" && data?.type === "setHeight" ? frames.get(data.id) : undefined;
    if (frame?.contentWindow === source && Number.isFinite(data.height)) frame.height = Math.min(Math.max(data.height, 0), 20_000);
  });

  const begin = () => {
    for (const frame of document.querySelectorAll("iframe.mastodon-embed")) {
      if (!frame.src.startsWith(`${origin}/`) || frame.dataset.sized) continue;
      frame.dataset.sized = "true";
      const id = crypto.getRandomValues(new Uint32Array(1))[0];
      frames.set(id, frame);
      const ask = () => frame.contentWindow?.postMessage({ type: "setHeight", id }, "*");
      frame.addEventListener("load", ask);
      ask();
    }
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
  else begin();
})();
