import { useState } from "preact/hooks";
import { inPath } from "../../model/engine.ts";
import { sessionsOf } from "../../model/tokens.ts";
import { counted } from "../../model/words.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { usePage } from "../../parts/page-context.ts";
import { useTokens } from "./tokens.tsx";

/** Ends all sessions of the viewer, this one last. API tokens stay. */
export function SignOutEverywhere() {
  const { engine, who, time } = usePage();
  const [isAsked, setAsked] = useState(false);
  const read = useTokens();
  const sessions = sessionsOf(read.value?.items ?? [], who, time.now());
  const does = async () => {
    for (const { id } of sessions) await engine.send("DELETE", `/api/v1/tokens/${inPath(id)}`);
    // The answer says that the session is over, and the page acts on it.
    await engine.get("/api/v1/whoami").catch(() => {});
  };
  if (sessions.length === 0) return null;
  return (
    <>
      <button type="button" class="button" onClick={() => setAsked(true)}>
        Sign out everywhere
      </button>
      {isAsked && (
        <Dialog title="Sign out everywhere" act="Sign out" isGrave does={does} onClose={() => setAsked(false)}>
          <p>{counted(sessions.length, "session")} of yours will end, in this browser and elsewhere. API tokens stay as they are.</p>
        </Dialog>
      )}
    </>
  );
}
