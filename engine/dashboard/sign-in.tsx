import { useState } from "preact/hooks";
import { type Problem, toProblem } from "./model/problem.ts";
import type { Session } from "./model/session.ts";
import { Dialog } from "./parts/dialog.tsx";
import { TextField } from "./parts/field.tsx";
import { Mark } from "./parts/icons.tsx";
import { Name } from "./parts/name.tsx";
import { ProblemBox } from "./parts/read.tsx";

/** For whoever isn't signed in: by a link that the command prints, or with a token. */
export function SignIn({ session, because, linkProblem }: { session: Session; because?: Problem; linkProblem?: Problem }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    session.signIn({ token: token.trim() }).then(
      () => setToken(""),
      (error) => {
        setProblem(toProblem(error));
        setBusy(false);
      },
    );
  };
  const shown = problem ?? linkProblem ?? because;
  return (
    <main class="signing-in" id="main">
      <div class="sheet">
        <span class="mark" style={{ padding: 0 }}>
          <Mark /> Runwright
        </span>
        {shown && <ProblemBox problem={shown} />}
        <div class="stack">
          <h1>Sign in</h1>
          <p>This gives you a link that opens this page, signed in, once:</p>
          <pre class="mono">npx --no-install runwright login --browser</pre>
        </div>
        <form class="stack" onSubmit={submit}>
          <h2>or with a token</h2>
          <TextField
            name="API token"
            isSecret
            autocomplete="current-password"
            value={token}
            onValue={setToken}
            hint="It begins with rwt_, and isn't kept by this page."
          />
          <div>
            <button type="submit" class="button main" disabled={busy || token.trim() === ""}>
              {busy ? "Signing in…" : "Sign in"}
            </button>
          </div>
        </form>
      </div>
    </main>
  );
}

/** For whoever opens a link and is signed in already: it may be one that somebody else has made, for what is done and typed then to be theirs. */
export function LinkQuestion({ session }: { session: Session }) {
  const code = session.link.value;
  const signedIn = session.state.value;
  if (code === undefined || signedIn.state !== "in") return null;
  return (
    <Dialog
      title="Sign in with this link instead?"
      act="Sign in with the link"
      does={() => session.signIn({ code })}
      onClose={() => {
        session.link.value = undefined;
      }}
    >
      <p>
        This browser is signed in as <Name text={signedIn.who.name} longest={80} />. The link ends that and signs it in as whoever made the link.
      </p>
      <p>If you didn't ask for the link yourself, cancel: what you do after it would be done in another's name, before their eyes.</p>
    </Dialog>
  );
}

/** For whoever asked to be signed out and wasn't: the next one at this computer would be signed in as them. */
export function SignOutFailed({ session }: { session: Session }) {
  const problem = session.signOutProblem.value;
  if (problem === undefined || session.state.value.state !== "in") return null;
  return (
    <Dialog
      title="You are still signed in"
      onClose={() => {
        session.signOutProblem.value = undefined;
      }}
    >
      <ProblemBox problem={problem} />
      <p>Sign out again before you leave this computer to somebody else.</p>
    </Dialog>
  );
}
