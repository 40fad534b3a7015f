import { BUNDLE_FILE } from "./isolates.ts";

/** What stands for the source map in the script that V8 sees. Its true one goes to the debugger only: it isn't needed to run the code, and V8 would keep it. */
const MAP_STUB = `${BUNDLE_FILE}.map`;
/** So that V8 knows of a source map: debuggers ask to be halted before such a script runs, to set their breakpoints. */
export const MAP_COMMENT = `\n//# sourceMappingURL=${MAP_STUB}\n`;
/** As isolated-vm names a context that is made for the inspector. */
const OWN_CONTEXT = "<isolated-vm>";
/** Of errors: positions in the bundle. */
const POSITION = new RegExp(`(^|[\\s(@])${BUNDLE_FILE.replace(".", "\\.")}(?=:\\d)`, "g");

type Fields = Record<string, unknown>;
type Request = Fields & { id: number; method: string };

/**
 * Names on their way between debugger and inspector. Inside, the bundle keeps the name that it has in every attempt: the code can see it in stacks, and a replay must
 * see the same.
 */
export function createTranslator({ scriptUrl, sourceMapUrl }: { scriptUrl: string; sourceMapUrl: string }) {
  /** Each isolate has another context, in which nothing has been locked down: only the guest's own is offered, by its two ids. */
  const offered = new Set<unknown>();
  let context: number | undefined;

  return {
    isOffered({ id, uniqueId, name }: { id: number; uniqueId: string; name: string }): boolean {
      if (name !== OWN_CONTEXT) return false;
      offered.add(id).add(uniqueId);
      context = id;
      return true;
    },
    /** Before that no debugger is let in: a request without a context would be done in the other one. */
    isContextKnown: (): boolean => context !== undefined,

    /** The answer to a request that names what isn't offered. */
    refusal({ id, params }: Request): string | undefined {
      const { contextId, executionContextId, uniqueContextId } = (params ?? {}) as Fields;
      if ([contextId, executionContextId, uniqueContextId].every((one) => one === undefined || offered.has(one))) return undefined;
      return JSON.stringify({ id, error: { code: -32000, message: "there is no such context" } });
    },

    outgoing(text: string): string {
      if (!text.includes(BUNDLE_FILE)) return text;
      return JSON.stringify(JSON.parse(text), (key, value: unknown) => {
        if (typeof value !== "string") return value;
        if (value === BUNDLE_FILE && key === "url") return scriptUrl;
        if (value === MAP_STUB) return sourceMapUrl;
        return key === "description" || key === "text" ? value.replace(POSITION, `$1${scriptUrl}`) : value;
      });
    },

    incoming(message: Request): Request {
      const params = (message.params ?? {}) as Fields;
      switch (message.method) {
        case "Debugger.setBreakpointByUrl": {
          const { url, urlRegex, ...rest } = params;
          const isBundle = url === scriptUrl || (typeof urlRegex === "string" && matches(urlRegex, scriptUrl));
          return { ...message, params: withLog(isBundle ? { ...rest, url: BUNDLE_FILE } : params) };
        }
        case "Debugger.setBreakpoint":
          return { ...message, params: withLog(params) };
        case "Runtime.evaluate":
        case "Runtime.compileScript":
        case "Runtime.runScript":
        case "Runtime.globalLexicalScopeNames": {
          const name = message.method === "Runtime.evaluate" ? "contextId" : "executionContextId";
          return params.uniqueContextId === undefined && params[name] === undefined ? { ...message, params: { ...params, [name]: context } } : message;
        }
        default:
          return message;
      }
    },
  };
}

/**
 * A logpoint is a condition that logs and isn't true. What it logs is for the debugger, which formats it: in the job's log it would be an entry that the code didn't write, and count
 * for its limits. A block leaves the value of its last expression.
 */
function withLog({ condition, ...params }: Fields): Fields {
  if (typeof condition !== "string" || !/\bconsole\b/.test(condition)) return condition === undefined ? params : { ...params, condition };
  return { ...params, condition: `{ const console = globalThis[Symbol.for("runwright.console")]; ${condition}\n}` };
}

/** The pattern is the debugger's own, and nothing but its own session waits for it. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}
