import type { Signal } from "@preact/signals";
import { useErrorBoundary } from "preact/hooks";
import { Frame } from "./frame.tsx";
import { type Problem, toProblem } from "./model/problem.ts";
import type { Session } from "./model/session.ts";
import { Mark } from "./parts/icons.tsx";
import { Link } from "./parts/link.tsx";
import { Empty, Page } from "./parts/page.tsx";
import { Context, type PageContext } from "./parts/page-context.ts";
import { ProblemBox } from "./parts/read.tsx";
import { placeAt } from "./places.tsx";
import { SignIn } from "./sign-in.tsx";

export interface DashboardParts extends Omit<PageContext, "who"> {
  session: Session;
  linkProblem: Signal<Problem | undefined>;
  newVersion: Signal<string | undefined>;
}

export function Dashboard({ session, linkProblem, newVersion, ...parts }: DashboardParts) {
  const signedIn = session.state.value;
  const path = parts.location.path.value;
  if (signedIn.state === "out") return <SignIn session={session} because={signedIn.because} linkProblem={linkProblem.value} />;
  if (signedIn.state !== "in") {
    return (
      <main class="signing-in">
        <div class="sheet" aria-busy="true">
          <span class="mark" style={{ padding: 0 }}>
            <Mark /> Runwright
          </span>
          {signedIn.state === "unreachable" ? (
            <ProblemBox problem={signedIn.problem} again={() => void session.ask()} />
          ) : (
            <span class="soft">Asking the engine who you are…</span>
          )}
        </div>
      </main>
    );
  }
  const place = placeAt(path);
  return (
    <Context.Provider value={{ ...parts, who: signedIn.who }}>
      <Frame session={session} newVersion={newVersion.value}>
        {place ? <Guarded key={path}>{() => <place.page names={place.names} />}</Guarded> : <NotHere />}
      </Frame>
    </Context.Provider>
  );
}

/** A mistake of ours on one page leaves the others usable. */
function Guarded({ children }: { children: () => preact.JSX.Element }) {
  const [error, reset] = useErrorBoundary();
  if (error === undefined) return children();
  return (
    <Page title="This page failed">
      <ProblemBox problem={toProblem(error)} again={reset} />
    </Page>
  );
}

function NotHere() {
  return (
    <Page title="Not here">
      <Empty says="There is no such page.">
        Go to the <Link to="/">overview</Link>, or back.
      </Empty>
    </Page>
  );
}
