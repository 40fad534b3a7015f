/**
 * The module `vscode` for tests without VS Code: whatever is asked of it is there and does nothing, but for what is given. Enough to see what the extension
 * registers; how it looks and behaves is tested in the real one.
 */
export function editorThat(given: Record<string, unknown>): object {
  return answering(given, "vscode");
}

function answering(given: unknown, path: string): object {
  const known = new Map<PropertyKey, unknown>();
  const target = typeof given === "function" ? given : function nothing() {};
  const proxy: object = new Proxy(target, {
    // A bundle makes an object with the same prototype and copies what the module owns: so it is found as the prototype itself.
    getPrototypeOf: () => proxy,
    get(_, key) {
      if (key === "prototype") return target.prototype;
      // Neither a promise nor something to iterate over or to print.
      if (key === "then" || typeof key === "symbol") return undefined;
      if (!known.has(key)) known.set(key, memberOf(given, key, path));
      return known.get(key);
    },
    apply: (_, self, values) => (typeof given === "function" ? Reflect.apply(given, self, values) : answering({}, `${path}()`)),
    construct: () => answering({}, `new ${path}`),
    set(_, key, value) {
      known.set(key, value);
      return true;
    },
  });
  return proxy;
}

function memberOf(given: unknown, key: string, path: string): unknown {
  const own = typeof given === "object" && given !== null && key in given ? (given as Record<string, unknown>)[key] : undefined;
  if (own !== undefined && (typeof own !== "object" || Array.isArray(own))) return own;
  return answering(own ?? {}, `${path}.${key}`);
}
