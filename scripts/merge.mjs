// A file of settings that was changed here and by a new release: changes of lines, put together as diff3 does.

/** The lines that two texts have in common, as pairs of their numbers, in order. */
function common(a, b) {
  const best = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  }
  const pairs = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (best[i + 1][j] >= best[i][j + 1]) i++;
    else j++;
  }
  return pairs;
}

/** `ours` with what changed from `base` to `theirs`; undefined where both have changed the same lines differently. */
export function merge(base, ours, theirs) {
  const [b, o, t] = [base, ours, theirs].map((text) => text.replace(/\r\n/g, "\n").split("\n"));
  const inOurs = new Map(common(b, o));
  const inTheirs = new Map(common(b, t));
  const merged = [];
  let [i, j, k] = [0, 0, 0];
  // Between lines that all three have lies what one, or the other, has changed.
  for (let n = 0; n <= b.length; n++) {
    const isEnd = n === b.length;
    if (!isEnd && !(inOurs.has(n) && inTheirs.has(n))) continue;
    const [oEnd, tEnd] = isEnd ? [o.length, t.length] : [inOurs.get(n), inTheirs.get(n)];
    const [before, our, their] = [b.slice(i, n), o.slice(j, oEnd), t.slice(k, tEnd)].map((lines) => lines.join("\n"));
    const has = (part, from, to) => (to > from ? [part] : []);
    if (our === their || before === their) merged.push(...has(our, j, oEnd));
    else if (before === our) merged.push(...has(their, k, tEnd));
    else return undefined;
    if (!isEnd) merged.push(b[n]);
    [i, j, k] = [n + 1, oEnd + 1, tEnd + 1];
  }
  return merged.join("\n");
}
