import "@fontsource-variable/ibm-plex-sans/wght.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/pages.css";
import "./styles/deployments.css";
import "./styles/beside.css";
import "./styles/overview.css";
import "./styles/updates.css";
import "./styles/reports.css";
import "./styles/machines.css";
import "./styles/settings.css";
import "./styles/automation.css";
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import type { About } from "../protocol/http/status.ts";
import { betweenTabs, browserHistory, openSocket } from "./browser.ts";
import { Dashboard } from "./dashboard.tsx";
import { createEngine } from "./model/engine.ts";
import { createLive } from "./model/live.ts";
import { createLocation } from "./model/location.ts";
import type { Problem } from "./model/problem.ts";
import { createReads } from "./model/reads.ts";
import { createServerTime } from "./model/server-time.ts";
import { codeIn, createSession } from "./model/session.ts";
import { LinkQuestion, SignOutFailed } from "./sign-in.tsx";
import { showTheme, theme } from "./theme.ts";

const TICK_MS = 10_000;
const ASK_AGAIN_MS = 3_000;

showTheme(theme());
const clock = () => Date.now();
const time = createServerTime(clock);
const engine = createEngine({
  async fetch(...all) {
    const response = await fetch(...all);
    if (response.status === 403) void session.refused();
    return response;
  },
  ...{ time, clock, onSignedOut: (problem: Problem) => session.ended(problem) },
});
const code = codeIn(window.location.hash);
// Used up once and of no worth after, but it needn't stand in the history either.
if (code !== undefined) window.history.replaceState(null, "", window.location.pathname + window.location.search);
const tellOtherTabs = betweenTabs(() => void session.ask());
const session = createSession({
  ...{ engine, code, onChanged: tellOtherTabs },
  onAnother: () => window.location.reload(),
  mayTakeAway: () => document.querySelector("dialog[open]") === null,
  monotonic: () => performance.now(),
});
const keepUp = () => {
  if (document.visibilityState === "visible") void session.keepUp();
};
document.addEventListener("visibilitychange", keepUp);
const live = createLive({
  connect: openSocket,
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer as number),
  random: () => Math.random(),
  onSignedOut: () => session.ended(),
});
window.addEventListener("online", () => live.doubt());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && live.doubt());
const reads = createReads({
  engine,
  live,
  isVisible: () => document.visibilityState === "visible",
  onVisible: (run) => document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && run()),
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer as number | undefined),
  monotonic: () => performance.now(),
});
const location = createLocation(browserHistory);
const now = signal(time.now());
setInterval(() => {
  now.value = time.now();
  keepUp();
}, TICK_MS);
const newVersion = signal<string | undefined>(undefined);

effect(() => {
  const { state } = session.state.value;
  if (state === "in") live.start();
  else {
    live.stop();
    reads.clear();
  }
  if (state === "unreachable") setTimeout(() => void session.ask(), ASK_AGAIN_MS);
});
// An engine that was away may have come back as another version.
let wasLost = false;
effect(() => {
  const state = live.state.value;
  if (state === "lost") wasLost = true;
  if (state !== "live" || !wasLost) return;
  wasLost = false;
  const current = session.state.peek();
  if (current.state !== "in") return;
  void engine.get<About>("/api/v1/about").then(
    ({ version }) => {
      newVersion.value = version === current.about.version ? undefined : version;
    },
    () => {
      wasLost = true;
    },
  );
});

const root = document.getElementById("page");
if (root)
  render(
    <>
      <Dashboard
        {...{ engine, live, reads, time, location, now, session, newVersion }}
        linkProblem={session.linkProblem}
        zone={Intl.DateTimeFormat().resolvedOptions().timeZone}
      />
      <LinkQuestion session={session} />
      <SignOutFailed session={session} />
    </>,
    root,
  );
// Not before: whoever waits for a slow engine sees what for.
void session.ask();
