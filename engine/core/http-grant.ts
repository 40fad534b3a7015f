/**
 * Entries of `permissions.http`: an origin, or origin and path prefix. `https://api.example.com`, `https://*.example.com/v1/`, `http://10.0.0.5:8080`.
 * A `*.` at the start of the host stands for one or more labels; nothing else is a wildcard. Check, types of the SDK and broker follow the same rule.
 */
const GRANT = /^(https?):\/\/(\*\.)?([^/?#*@\s]+)(\/[^?#\s]*)?$/;

/** What is wrong with a grant, in words that follow its text; `undefined`: nothing. */
export function grantProblem(grant: string): string | undefined {
  if (/^https?:\/\/\*(?!\.)/.test(grant)) return "would open every address; name the hosts, such as https://*.example.com";
  const [, scheme, wildcard, host, path] = GRANT.exec(grant) ?? [];
  if (scheme === undefined || host === undefined) return "must look like https://api.example.com or https://*.example.com/v1/";
  const url = URL.parse(`${scheme}://${host}${path ?? "/"}`);
  if (url === null) return "isn't a URL";
  if (wildcard !== undefined && (!url.hostname.includes(".") || /^[\d.:[\]]+$/.test(url.hostname))) return "must have a domain with a dot after the wildcard";
  if (path !== undefined && url.pathname !== path) return `must have a plain path: ${url.pathname}`;
  return undefined;
}

/** Whether what goes there could be read and changed on its way: plain http to anything but this machine. */
export const grantIsUnprotected = (grant: string): boolean => /^http:\/\/(?!(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(\/|$))/.test(grant);

/**
 * Whether a grant opens a URL. Compares what a client would really ask for: parsed, dots in paths resolved. An encoded slash is refused under a path prefix,
 * because servers disagree on what it means.
 */
export function grantOpens(grant: string, url: URL): boolean {
  const [, scheme, wildcard, host, path = "/"] = GRANT.exec(grant) ?? [];
  if (scheme === undefined || host === undefined) return false;
  const granted = URL.parse(`${scheme}://${host}${path}`);
  if (granted === null || granted.protocol !== url.protocol || granted.port !== url.port) return false;
  const isHost =
    wildcard === undefined
      ? url.hostname === granted.hostname
      : url.hostname.endsWith(`.${granted.hostname}`) && url.hostname.length > granted.hostname.length + 1;
  if (!isHost) return false;
  const prefix = granted.pathname;
  if (prefix === "/") return true;
  if (/%2f|%5c/i.test(url.pathname)) return false;
  if (prefix.endsWith("/")) return url.pathname.startsWith(prefix);
  return url.pathname === prefix || url.pathname.startsWith(`${prefix}/`);
}
