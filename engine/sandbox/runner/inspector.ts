import { BUNDLE_FILE, type InspectorSession } from "./isolates.ts";
import { createOwnBreakpoints, type Location } from "./own-breakpoints.ts";
import { PRELUDE_FILE } from "./prelude/text.ts";
import { createTranslator } from "./translate-protocol.ts";

/** How often a halted isolate is poked while answers are outstanding. */
const POKE_EVERY_MS = 25;
/** Ids of the runner's own requests: clients count from 1. */
const OWN_IDS_FROM = 2_000_000_000;
/** Code that isn't the author's: stepping goes through it without halting. */
const OWN_SCRIPTS = [`^${PRELUDE_FILE}$`, "^<isolated-vm"];
const OWN_SCRIPT = new RegExp(OWN_SCRIPTS.join("|"));
const STEPS = new Set(["Debugger.stepOver", "Debugger.stepInto", "Debugger.stepOut"]);

export interface InspectorParts {
  /** The second one only pokes. */
  sessions: readonly [InspectorSession, InspectorSession];
  /** What the debugger knows the bundle as: a `file:` URL beside the sources. */
  scriptUrl: string;
  /** `data:` URL; empty: there is none. */
  sourceMapUrl: string;
  send(message: string): void;
  onHalted(isHalted: boolean): void;
  onOutOfMemory(): void;
  /** The debugger has set everything up. */
  onReleased(): void;
}

export interface Inspector {
  /** Learns which context is the guest's; before that nothing may be dispatched. */
  open(): Promise<void>;
  dispatch(message: string): void;
  /** Lets the code halt at its next statement. */
  haltNext(): Promise<void>;
  /** Before an outcome is handed over: a step that has come to an `await` goes on behind it. Undefined: there is none. */
  prepareStep(): Promise<void> | undefined;
}

type Fields = Record<string, unknown>;
type Request = Fields & { id: number; method: string };

/**
 * One debugger at one isolate. Two races of isolated-vm 7.0.1 are worked around here, a third by never disposing of anything: the process just ends.
 * - `runMessageLoopOnPause` waits without looking whether something has come: while halted with answers outstanding, the isolate is poked through the second session.
 * - `dispose` of a session while the isolate still sends ends the process with SIGABRT.
 */
export function createInspector({ sessions: [session, poker], send, onHalted, onOutOfMemory, onReleased, ...names }: InspectorParts): Inspector {
  const pending = new Set<number>();
  const own = new Map<number, { done(result: Fields): void; fail(error: Error): void }>();
  const translate = createTranslator(names);
  const breakpoints = createOwnBreakpoints(ask);
  let isHalted = false;
  let isEnabled = false;
  let isOpen = false;
  let ids = OWN_IDS_FROM;
  let timer: NodeJS.Timeout | undefined;
  let bundleScript: string | undefined;
  /** Scripts that aren't the author's. */
  const ownScripts = new Set<string>();
  let isPassedOver = false;
  /** Where the innermost function of the author's begins, while halted. */
  let innermost: Location | undefined;
  /** Where a step that is under way may end. */
  let stepping: Location[] | undefined;

  function setHalted(now: boolean): void {
    if (now === isHalted) return;
    isHalted = now;
    onHalted(now);
  }

  /** Runs only while something is waited for. */
  function watch(): void {
    if (pending.size > 0) timer ??= setInterval(() => isHalted && poker.dispatchProtocolMessage('{"id":1,"method":"Schema.getDomains"}'), POKE_EVERY_MS);
    else {
      clearInterval(timer);
      timer = undefined;
    }
  }

  function request(message: Request): void {
    pending.add(message.id);
    session.dispatchProtocolMessage(JSON.stringify(message));
    watch();
  }

  function ask(method: string, params: Fields): Promise<Fields> {
    const id = ids++;
    return new Promise((done, fail) => {
      own.set(id, { done, fail });
      request(translate.incoming({ id, method, params }));
    });
  }

  function answered(id: number, text: string): void {
    const asked = own.get(id);
    if (!asked && text.includes('"breakpointId"')) noteBreakpoint((JSON.parse(text) as { result?: Fields }).result ?? {});
    own.delete(id);
    if (!asked) {
      send(translate.outgoing(text));
      return;
    }
    const { result, error } = JSON.parse(text) as { result?: Fields; error?: { message: string } };
    if (error) asked.fail(new Error(error.message));
    else asked.done(result ?? {});
  }

  function noteBreakpoint({ breakpointId, locations, actualLocation, location }: Fields): void {
    const places = [locations, actualLocation, location].flat().filter((one) => one !== undefined) as Location[];
    if (typeof breakpointId === "string") breakpoints.note(breakpointId, places);
  }

  /** Goes on without a word to the debugger. */
  function passOver(): undefined {
    isPassedOver = true;
    isHalted = true;
    ask("Debugger.resume", {}).catch(() => {}); // the isolate is gone
  }

  /** @returns what the debugger is told */
  function noticed(text: string): string | undefined {
    const { method, params } = JSON.parse(text) as { method: string; params: Fields };
    switch (method) {
      case "Debugger.paused": {
        const {
          hitBreakpoints = [],
          reason,
          callFrames,
        } = params as { hitBreakpoints?: unknown[]; reason: string; callFrames: { functionLocation?: Location; location: Location }[] };
        // V8 halts for debuggers where it would end other isolates, and raises the limit when the code goes on.
        if (reason === "OOM") onOutOfMemory();
        // A host call has failed: no code of the author's is there to be looked at.
        else if (callFrames.length > 0 && callFrames.every(({ location }) => ownScripts.has(location.scriptId))) return passOver();
        const [frame] = callFrames;
        innermost = frame?.location.scriptId === bundleScript ? frame?.functionLocation : undefined;
        stepping = undefined;
        breakpoints.disarm();
        setHalted(true);
        if (hitBreakpoints.length === 0 || !frame || frame.location.scriptId !== bundleScript) return text;
        return JSON.stringify({ method, params: { ...params, hitBreakpoints: breakpoints.hitAt(frame.location) } });
      }
      case "Debugger.breakpointResolved":
        noteBreakpoint(params);
        return text;
      case "Debugger.resumed":
        if (!isPassedOver) {
          setHalted(false);
          return text;
        }
        isPassedOver = false;
        isHalted = false;
        return undefined;
      case "Debugger.scriptParsed":
        if (params.url === BUNDLE_FILE) bundleScript = String(params.scriptId);
        else if (OWN_SCRIPT.test(String(params.url))) ownScripts.add(String(params.scriptId));
        return text;
      case "Runtime.executionContextCreated":
        return translate.isOffered(params.context as { id: number; uniqueId: string; name: string }) ? text : undefined;
      default:
        return text;
    }
  }

  session.onResponse = (id, text) => {
    pending.delete(id);
    watch();
    answered(id, text);
  };
  session.onNotification = (text) => {
    const told = noticed(text);
    if (told !== undefined && isOpen) send(translate.outgoing(told));
  };
  poker.onResponse = () => {};
  poker.onNotification = () => {};

  async function step(message: Request, start: Location): Promise<void> {
    stepping = await breakpoints.places(start, { inFunction: true }).catch(() => undefined);
    request(message);
  }

  return {
    async open() {
      await ask("Runtime.enable", {});
      await ask("Runtime.disable", {}); // the debugger's own request then tells it of the context
      if (!translate.isContextKnown()) throw new Error("the inspector has told of no context");
      isOpen = true;
    },
    dispatch(text) {
      const message = requestIn(text);
      if (!message) return; // the engine sends only what it has checked
      const refused = translate.refusal(message);
      if (refused !== undefined) return send(refused);
      if (message.method === "Debugger.resume") stepping = undefined;
      if (message.method === "Debugger.removeBreakpoint") breakpoints.forget(String((message.params as Fields | undefined)?.breakpointId));
      if (STEPS.has(message.method) && isHalted && innermost && message.method !== "Debugger.stepOut") return void step(message, innermost);
      if (message.method === "Debugger.setBlackboxPatterns") {
        const { patterns } = (message.params ?? {}) as { patterns?: unknown };
        message.params = { patterns: [...OWN_SCRIPTS, ...(Array.isArray(patterns) ? patterns : [])] };
      }
      request(translate.incoming(message));
      if (message.method === "Debugger.enable") {
        isEnabled = true;
        ask("Debugger.setBlackboxPatterns", { patterns: OWN_SCRIPTS }).catch(() => {}); // stepping then shows more than it should
      }
      if (message.method === "Runtime.runIfWaitingForDebugger") onReleased();
    },
    async haltNext() {
      if (!isEnabled || bundleScript === undefined) return;
      await breakpoints.set(await breakpoints.places({ scriptId: bundleScript, lineNumber: 0, columnNumber: 0 }, { inFunction: false }));
    },
    prepareStep() {
      const places = stepping;
      if (isHalted || places === undefined) return undefined;
      stepping = undefined;
      return breakpoints.set(places);
    },
  };
}

function requestIn(text: string): Request | undefined {
  const message: unknown = JSON.parse(text);
  if (typeof message !== "object" || message === null) return undefined;
  const { id, method } = message as Fields;
  return typeof id === "number" && typeof method === "string" ? (message as Request) : undefined;
}
