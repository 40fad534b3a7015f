import type { SessionState } from "./session.ts";

export interface StatusText {
  /** With icons of the product set. */
  text: string;
  tooltip: string;
  /** For screen readers. */
  spoken: string;
  tone: "normal" | "warning" | "error";
  command: string;
}

/** What the status bar says of the connection. */
export function statusText(state: SessionState): StatusText {
  const of = (icon: string, words: string, tooltip: string, tone: StatusText["tone"], command: string): StatusText => ({
    text: `$(${icon}) ${words}`,
    tooltip,
    spoken: `Runwright: ${tooltip}`,
    tone,
    command,
  });
  switch (state.kind) {
    case "none":
      return of("plug", "Runwright", "Sign in to an engine", "normal", "runwright.signIn");
    case "signedOut":
      return of("debug-disconnect", hostOf(state.engine.url), `Signed out of ${state.engine.url}; sign in again`, "warning", "runwright.signIn");
    case "idle":
      return of(
        "plug",
        hostOf(state.engine.url),
        `Works with ${state.engine.url} as ${state.engine.as}; nothing was asked of it yet`,
        "normal",
        "runwright.switchEngine",
      );
    case "connecting":
      return of("sync~spin", hostOf(state.engine.url), `Connecting to ${state.engine.url}`, "normal", "runwright.switchEngine");
    case "connected":
      return of(
        "pass",
        hostOf(state.engine.url),
        `Connected to ${state.engine.url}, version ${state.greeting.version}, as ${state.greeting.me.name}`,
        "normal",
        "runwright.switchEngine",
      );
    case "lost":
      return of("warning", hostOf(state.engine.url), `${sentence(state.problem)} It is tried again by itself.`, "warning", "runwright.reconnect");
    case "refused":
      return of("error", hostOf(state.engine.url), sentence(state.problem), "error", state.isToken ? "runwright.signIn" : "runwright.switchEngine");
  }
}

const hostOf = (url: string): string => URL.parse(url)?.host ?? url;
const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
