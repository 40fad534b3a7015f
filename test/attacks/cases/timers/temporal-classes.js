// verdict: contained
// without the job's clock: escaped

/** A clock by any way: from Temporal's classes, which are V8's own, through all that they lead to. */
export default () => {
  const instant = new Date(0).toTemporalInstant();
  const seen = new Set();
  const waiting = [instant, instant.toZonedDateTimeISO("UTC"), instant.toZonedDateTimeISO("UTC").toPlainDate(), instant.until(instant), globalThis];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if ((typeof one !== "object" && typeof one !== "function") || one === null || seen.has(one)) continue;
    seen.add(one);
    waiting.push(Object.getPrototypeOf(one));
    for (const key of Reflect.ownKeys(one)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(one, key) ?? {};
      waiting.push(value, get, set);
      if (typeof value !== "function" || !["instant", "now"].includes(String(key))) continue;
      const shown = () => String(value.call(one));
      const from = shown();
      for (let i = 0; i < 1e5; i++) if (shown() !== from) return `${String(key)} shows that time has passed`;
    }
  }
};
