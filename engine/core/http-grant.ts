/**
 * One entry of `permissions.http`: an origin, or an origin and a path prefix, such as `https://api.example.com`, `https://*.example.com/v1/`.
 * A leading `*.` stands for one or more labels. Check, types of the SDK and broker follow the same rule.
 */
export interface HttpGrant {
  scheme: "https" | "http";
  /** Lower case; without the leading `*.` when `subdomains` is set. */
  host: string;
  subdomains: boolean;
  /** Decimal; empty: the scheme's own. */
  port: string;
  /** Begins with `/`; empty: every path. */
  path: string;
}

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])$`);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** @returns what is wrong with it, in words, when it isn't valid */
export function parseHttpGrant(text: string): HttpGrant | { problem: string } {
  const [, scheme, authority = "", path = ""] = /^([a-z]+):\/\/([^/?#]*)(\/[^?#]*)?$/.exec(text) ?? [];
  if (scheme === undefined) return { problem: `"${text}" must be an origin such as https://api.example.com, or an origin and a path prefix` };
  const [, name = "", port = ""] = /^(.*?)(?::(\d{1,5}))?$/.exec(authority.toLowerCase()) ?? [];
  const subdomains = name.startsWith("*.");
  const host = subdomains ? name.slice(2) : name;
  if (name === "*" || name === "") return { problem: `"${text}" would open every address; name the hosts, such as https://*.example.com` };
  if (!HOST.test(host)) return { problem: `"${text}": "${name}" isn't a host name; a wildcard may only stand first, as in https://*.example.com` };
  if (subdomains && !host.includes(".")) return { problem: `"${text}" would open a whole top-level domain; name the hosts, such as https://*.example.com` };
  if (scheme !== "https" && !(scheme === "http" && LOOPBACK.test(host)))
    return { problem: `"${text}" must begin with https://; http:// is accepted for loopback addresses only` };
  if (Number(port) > 65_535) return { problem: `"${text}": ${port} isn't a port` };
  if (/\*|\/\.{1,2}(\/|$)/.test(path)) return { problem: `"${text}": the path is a plain prefix, without "*" and ".."` };
  return { scheme: scheme === "https" ? "https" : "http", host, subdomains, port: isDefaultPort(scheme, port) ? "" : port, path: path === "/" ? "" : path };
}

const isDefaultPort = (scheme: string, port: string) => port === (scheme === "https" ? "443" : "80");

/** Whether the grant opens this address. An encoded slash in the path is refused under a path prefix, because servers disagree on what it means. */
export function httpGrantAllows(grant: HttpGrant, url: URL): boolean {
  const host = url.hostname.toLowerCase();
  if (url.protocol !== `${grant.scheme}:` || url.port !== grant.port) return false;
  if (grant.subdomains ? !host.endsWith(`.${grant.host}`) : host !== grant.host) return false;
  if (grant.path === "") return true;
  if (/%2f|%5c/i.test(url.pathname)) return false;
  return url.pathname === grant.path || url.pathname.startsWith(grant.path.endsWith("/") ? grant.path : `${grant.path}/`);
}
