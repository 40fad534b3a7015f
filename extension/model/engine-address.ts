export type EngineAddress = { ok: true; url: string } | { ok: false; problem: string };

/**
 * What the setting `runwright.url` means.
 * @param setting whatever the settings hold under that name
 * @returns the address without a trailing slash, or what is wrong with it, to be shown to a person
 */
export function engineAddress(setting: unknown): EngineAddress {
  if (typeof setting !== "string" || setting.trim() === "") return { ok: false, problem: "The setting runwright.url is empty." };
  const url = URL.parse(setting.trim());
  if (url === null) return { ok: false, problem: `The setting runwright.url isn't an address: ${setting}` };
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return { ok: false, problem: `The setting runwright.url must begin with http:// or https://, not ${url.protocol}//` };
  }
  if (url.username !== "" || url.password !== "") return { ok: false, problem: "The setting runwright.url must not contain a name or password." };
  return { ok: true, url: `${url.origin}${url.pathname}`.replace(/\/+$/, "") };
}
