/** A file that is to be published. */
export interface RunbookFile {
  /** As people write it from where they are. */
  file: string;
  name: string;
  scope?: string;
}

/** As it is sent: without a bundle where the engine has it already. */
export type RunbookDocument = Readonly<Record<string, unknown>> & { kind: "Runbook"; name: string };

/** A bundle with what people read. */
export interface MadeRunbook {
  bundle: string;
  bundleHash: string;
  sourceMap: string | null;
  sources: readonly { path: string; text: string }[];
}

/** Whether a module's default export is made by `runbook()`, as far as its text shows. */
export const looksLikeRunbook = (text: string): boolean => /^export\s+default\b/m.test(text) && /\brunbook\s*\(/.test(text);

/** @param newest hash of the newest version that the engine has, if any */
export function runbookDocument(
  { name, scope }: RunbookFile,
  { bundle, bundleHash, sourceMap, sources }: MadeRunbook,
  newest: string | undefined,
): RunbookDocument {
  const content = newest === bundleHash ? { bundleHash } : { bundleHash, bundle, sourceMap, sources };
  return { kind: "Runbook", name, ...(scope === undefined ? {} : { scope }), ...content };
}
