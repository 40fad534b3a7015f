/**
 * What a read-only document of the extension is about. Its URI says all of it, so that an editor that is restored after a restart finds it again: in its path
 * this, in its authority the engine, because what has the same name or id on another one is something else.
 */
export type DocumentAddress =
  | { readonly kind: "job"; readonly id: string; readonly title: string }
  | { readonly kind: "source"; readonly runbook: string; readonly version: number; readonly path: string }
  | { readonly kind: "deploymentPlan"; readonly id: string; readonly title: string }
  | { readonly kind: "kept"; readonly key: string; readonly title: string };

export const SCHEME = "runwright";

/** Of a URI that is about what an engine knows; editors write an authority in small letters. @param url of the engine */
export const authorityOf = (url: string): string => url.replace(/[^a-z0-9.-]/g, (sign) => `_${sign.charCodeAt(0).toString(16).padStart(2, "0")}`);
/** @returns the engine's URL */
export const engineIn = (authority: string): string =>
  authority.replace(/_([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** The path of the document's URI; its last part is what a tab shows. */
export function pathOf(address: DocumentAddress): string {
  // Nothing is encoded here: a URI does that by itself, and no id or name has a slash.
  const path = (...parts: string[]) => `/${parts.join("/")}`;
  switch (address.kind) {
    case "job":
      return path("job", address.id, `${address.title}.runlog`);
    case "source":
      return path("source", address.runbook, String(address.version), address.path);
    case "deploymentPlan":
      return path("deploymentPlan", address.id, `${address.title}.plan.txt`);
    case "kept":
      return path("kept", address.key, address.title);
  }
}

/** @returns undefined for a path that isn't one of these */
export function addressOf(path: string): DocumentAddress | undefined {
  const [kind = "", ...parts] = path.split("/").filter(Boolean);
  const [first, second, ...rest] = parts;
  if (kind === "job" && first && second) return { kind, id: first, title: second.replace(/\.runlog$/, "") };
  if (kind === "source" && first && second && /^\d+$/.test(second) && rest.length > 0)
    return { kind, runbook: first, version: Number(second), path: rest.join("/") };
  if (kind === "deploymentPlan" && first && second) return { kind, id: first, title: second.replace(/\.plan\.txt$/, "") };
  if (kind === "kept" && first && second) return { kind, key: first, title: second };
  return undefined;
}
