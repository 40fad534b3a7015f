// verdict: failed permission_denied
// without origins of HTTP: escaped
// needs: {"permissions": {"http": ["https://api.example.com"]}}

/** An origin that isn't declared. */
export default async ({ call, start }) => {
  const { port } = JSON.parse(start.params);
  const { ok, value } = await call("http.fetch", { url: `http://127.0.0.1:${port}/`, method: "GET", headers: {} });
  return ok ? value : undefined;
};
