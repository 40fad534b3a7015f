import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LiveState } from "./model/live.ts";
import { mayAnywhere } from "./model/rights.ts";
import type { Session } from "./model/session.ts";
import { lengthText } from "./model/words.ts";
import { Icon, Mark } from "./parts/icons.tsx";
import { Link } from "./parts/link.tsx";
import { Name } from "./parts/name.tsx";
import { usePage } from "./parts/page-context.ts";
import { useRead } from "./parts/read.tsx";
import { Shape, type Tone } from "./parts/status.tsx";
import { useMedia } from "./parts/use-media.ts";
import { RAIL } from "./places.tsx";
import { chooseTheme, type Theme, theme } from "./theme.ts";

const LIVE: Readonly<Record<LiveState, { tone: Tone; says: string }>> = {
  live: { tone: "good", says: "Live" },
  connecting: { tone: "quiet", says: "Connecting" },
  lost: { tone: "warn", says: "Engine away, trying again" },
};
const WRONG_CLOCK_MS = 5 * 60_000;
const MOST_COUNTED = 100;

/** Rail, notices, and the page between them. */
export function Frame({ session, newVersion, children }: { session: Session; newVersion?: string; children: ComponentChildren }) {
  const { location, live, who, time, now } = usePage();
  const path = location.path.value;
  const state = LIVE[live.state.value];
  void now.value;
  const ahead = time.ahead();
  const approvals = useRead<{ items: unknown[]; next: string | null }>(mayAnywhere(who, "approval.read") ? "/api/v1/approvals" : undefined, {
    query: { open: true, limit: MOST_COUNTED },
    of: ["approvals"],
    every: 2_000,
  });
  const waiting = approvals.value ? approvals.value.items.length : 0;
  const waitingText = approvals.value?.next ? `${waiting}+` : String(waiting);
  const rail = useRef<HTMLElement>(null);
  const isPhone = useMedia("(width <= 640px)");
  const isNarrow = useMedia("(width <= 1100px)");
  // On a phone the rail is a row that is longer than the screen; a screen that is turned may become one.
  useEffect(() => rail.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [path, isPhone]);
  return (
    <div class="frame">
      <a class="skip" href="#main">
        To the page
      </a>
      <div class="rail">
        <Link to="/" class="mark" aria-label="Runwright, overview">
          <Mark />
          <span class="label">Runwright</span>
        </Link>
        <nav aria-label="Pages" ref={rail}>
          {RAIL.map((group) => (
            <ul class="group" key={group[0]?.to}>
              {group
                .filter(({ needs }) => mayAnywhere(who, needs))
                .map(({ name, to, icon }) => (
                  <li key={to}>
                    <Link to={to} title={name} aria-current={isAt(path, to) ? "page" : undefined}>
                      <Icon name={icon} />
                      <span class="label">{name}</span>
                      {name === "Approvals" && waiting > 0 && (
                        <span class="tally" title={`${waitingText} approvals wait`}>
                          {waitingText}
                          <span class="hidden-text"> approvals wait</span>
                        </span>
                      )}
                    </Link>
                  </li>
                ))}
            </ul>
          ))}
        </nav>
        <div class="foot">
          {isNarrow ? (
            <>
              <span class="hidden-text" role="status">
                {state.says}
              </span>
              <button
                type="button"
                class="button plain"
                aria-label={`${who.name}: theme, sign out`}
                title={`${state.says}; ${who.name}`}
                {...{ popovertarget: "yours" }}
              >
                <Shape tone={state.tone} />
              </button>
              <div id="yours" class="yours" {...{ popover: "auto" }}>
                <Yours session={session} state={state} name={who.name} />
              </div>
            </>
          ) : (
            <Yours session={session} state={state} name={who.name} />
          )}
        </div>
      </div>
      <div class="content">
        {newVersion && (
          <div class="notice" role="status">
            The engine is now version {newVersion}.
            <button type="button" class="button" onClick={() => window.location.reload()}>
              Load its page
            </button>
          </div>
        )}
        {live.state.value === "lost" && (
          <div class="notice" role="status">
            The engine is away. What you see was true when it was last heard of; this page comes back by itself.
          </div>
        )}
        {Math.abs(ahead) > WRONG_CLOCK_MS && (
          <div class="notice" role="status">
            This computer's clock is {lengthText(Math.abs(ahead))} {ahead > 0 ? "ahead of" : "behind"} the engine's. Relative times go by the engine's.
          </div>
        )}
        {children}
      </div>
    </div>
  );
}

/** Whether the page is live, who looks at it, and what they may want of it. */
function Yours({ session, state, name }: { session: Session; state: (typeof LIVE)[LiveState]; name: string }) {
  return (
    <>
      <span class="live" role="status">
        <Shape tone={state.tone} /> <span>{state.says}</span>
      </span>
      <Name text={name} longest={40} />
      <ThemeChoice />
      <button type="button" class="button plain" onClick={() => void session.signOut()}>
        Sign out
      </button>
    </>
  );
}

const isAt = (path: string, to: string): boolean =>
  to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`) || (to === "/deployments" && path.startsWith("/windows/"));

const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
function ThemeChoice() {
  const [, setSeen] = useState(0);
  const current = theme();
  return (
    <button
      type="button"
      class="button plain"
      onClick={() => {
        chooseTheme(NEXT[current]);
        setSeen((seen) => seen + 1);
      }}
    >
      Theme: {current}
    </button>
  );
}
