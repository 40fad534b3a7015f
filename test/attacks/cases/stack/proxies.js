// verdict: contained
// without V8's limit of the stack: lost

/** Proxies within proxies: V8 calls itself without JavaScript in between. */
export default () => {
  let proxy = {};
  for (let i = 0; i < 200_000; i++) proxy = new Proxy(proxy, {});
  try {
    void proxy.x;
  } catch {
    return undefined;
  }
};
