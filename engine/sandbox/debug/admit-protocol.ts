import { RunwrightError } from "../../core/errors.ts";

/** What debugging needs. Heap snapshots, for one, would carry secrets away in pieces. */
const DOMAINS = new Set(["Runtime", "Debugger", "Schema", "Console"]);
/** A job runs the code that was published: nobody changes it while it runs. */
const REFUSED = new Set(["Debugger.setScriptSource"]);

export type AdmittedProtocol = { message: string } | { answer: string };

/**
 * A message of a debugger, before it goes to the inspector: passed on, or answered here.
 * @throws BAD_REQUEST when it is no request of the Chrome DevTools protocol
 */
export function admitProtocol(text: string): AdmittedProtocol {
  const { id, method } = parsed(text);
  const [domain = ""] = method.split(".");
  if (DOMAINS.has(domain) && !REFUSED.has(method)) return { message: text };
  return { answer: JSON.stringify({ id, error: { code: -32601, message: `'${method.slice(0, 100)}' isn't offered to those who debug a job` } }) };
}

function parsed(text: string): { id: number; method: string } {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === "object" && message !== null && "id" in message && "method" in message) {
      const { id, method } = message;
      if (typeof id === "number" && Number.isSafeInteger(id) && typeof method === "string") return { id, method };
    }
  } catch {
    // told below
  }
  throw new RunwrightError("BAD_REQUEST", "a debugger says { id, method, params }, as the Chrome DevTools protocol has it");
}
