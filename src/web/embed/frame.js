// Tells the page around this one how high it is, once that asks for it, and again when it changes.
"use strict";
let observer;
addEventListener("message", ({ data, source }) => {
  if (source !== parent || typeof data !== "object" || data?.type !== "setHeight") return;
  const { id } = data;
  const tell = () => parent.postMessage({ type: "setHeight", id, height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, "*");
  observer?.disconnect();
  observer = new ResizeObserver(tell);
  observer.observe(document.documentElement);
  tell();
});
