import type { Rig } from "./rig.ts";

/** Where the pages of these tests are, as the engine is asked there. */
export const HOST = "127.0.0.1:4680";
export const ORIGIN = `http://${HOST}`;

type Headers = Record<string, string>;

/** What a browser says for the engine's own page. */
export const OWN_PAGE: Headers = { host: HOST, origin: ORIGIN, "sec-fetch-site": "same-origin", "x-runwright-request": "dashboard" };

/** A browser that the engine's page is open in: it keeps the cookie that it is given, and sends it. */
export function browser(all: Rig, headers: Headers = OWN_PAGE) {
  let cookie = "";
  const own = {
    /** As the cookie header has it. */
    get cookie() {
      return cookie;
    },
    /** The token in it. */
    get token() {
      return cookie.slice(cookie.indexOf("=") + 1);
    },
    async ask(method: string, url: string, { body, headers: more = {} }: { body?: unknown; headers?: Headers } = {}) {
      const answer = await all.ask(method, url, { token: null, body, headers: { ...headers, ...(cookie ? { cookie } : {}), ...more } });
      const set = answer.headers["set-cookie"];
      if (typeof set === "string") cookie = set.includes("Max-Age=0;") ? "" : (set.split(";")[0] ?? "");
      return answer;
    },
    /** With a link of whoever has the token. */
    async signIn(token: string = all.admin) {
      const { code } = await newLink(all, token);
      return own.ask("POST", "/api/v1/session", { body: { code } });
    },
  };
  return own;
}

export async function newLink(all: Rig, token: string = all.admin): Promise<{ url: string; code: string; expiresAt: string }> {
  const { status, body, text } = await all.ask("POST", "/api/v1/login/link", { token, body: {}, headers: { host: HOST } });
  if (status !== 201) throw new Error(text);
  return { ...body, code: String(body.url).split("#sign-in=")[1] };
}
