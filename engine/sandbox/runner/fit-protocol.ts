import { MAX_INSPECTOR_CHARS } from "../../protocol/sandbox.ts";

type Fields = Record<string, unknown>;

/**
 * What the inspector says, as the engine takes it: one that is longer than the engine takes would end the process. An answer becomes an error, which the debugger shows; of
 * a halt the value that was thrown is left out; other notifications are dropped.
 * @returns undefined: nothing is said
 */
export function fitProtocol(text: string, maxChars = MAX_INSPECTOR_CHARS): string | undefined {
  if (text.length <= maxChars) return text;
  const { id, method, params } = JSON.parse(text) as { id?: number; method?: string; params?: Fields };
  if (id !== undefined) {
    const message = `the answer has ${text.length} characters, more than ${maxChars}: ask for less of it`;
    return JSON.stringify({ id, error: { code: -32000, message } });
  }
  if (method !== "Debugger.paused" || params?.data === undefined) return undefined;
  const { data, ...rest } = params;
  return fitProtocol(JSON.stringify({ method, params: rest }), maxChars);
}
