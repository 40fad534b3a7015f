import { useState } from "preact/hooks";
import type { WindowPreview } from "../../../protocol/http/deployments.ts";
import type { Resource } from "../../../protocol/http/resources.ts";
import { mayAt } from "../../model/rights.ts";
import { instantOf, notesOf, type Occurrence, outlookState, zoneIn } from "../../model/window-words.ts";
import { counted } from "../../model/words.ts";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Span } from "../../parts/when.tsx";
import { Said } from "../calendar/sign.tsx";
import { SkipDialog } from "./dialogs.tsx";

/** The next openings: when, where clocks or freezes change them, what other windows share, and what somebody has decided. */
export function Outlook({ window, preview }: { window: Resource; preview: WindowPreview }) {
  const { who } = usePage();
  const [chosen, setChosen] = useState<{ occurrence: Occurrence; verb: "skip" | "unskip" }>();
  const mayRun = mayAt(who, "window.run", window.scope);
  if (preview.items.length === 0) return <Empty says="It never opens again.">All its times are over; change its document, and apply it.</Empty>;
  return (
    <>
      <p class="lane-note soft">
        It is about {counted(preview.machines, "machine")} now
        {preview.withoutZone > 0 ? `; ${preview.withoutZone} of them haven't told their time zone, and are left out` : ""}.
      </p>
      <ul class="outlook">
        {preview.items.map((item) => {
          const canSkip = mayRun && !item.isOpen && item.exception === null;
          const canUnskip = mayRun && item.exception?.kind === "skipped";
          return (
            <li key={item.occurrence} class="opening-row">
              <Said state={outlookState(item)} />
              <span class="when">
                <Span from={instantOf(item.opensAt)} to={instantOf(item.closesAt)} zone={zoneIn(item.opensAt) ?? null} />
              </span>
              <span class="notes soft">
                {item.exception && <Name text={`by ${item.exception.by}: ${item.exception.reason}`} longest={200} />}
                {item.frozen !== null && <Name text={item.frozen} longest={300} />}
                {notesOf(item).map((note) => (
                  <Name key={note} text={note} longest={200} />
                ))}
              </span>
              <span class="act">
                {canSkip && (
                  <button type="button" class="button plain" onClick={() => setChosen({ occurrence: item, verb: "skip" })} aria-label={`Skip ${item.planned}`}>
                    Skip…
                  </button>
                )}
                {canUnskip && (
                  <button
                    type="button"
                    class="button plain"
                    onClick={() => setChosen({ occurrence: item, verb: "unskip" })}
                    aria-label={`Unskip ${item.planned}`}
                  >
                    Unskip…
                  </button>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {chosen && <SkipDialog {...chosen} window={window} onClose={() => setChosen(undefined)} />}
    </>
  );
}
