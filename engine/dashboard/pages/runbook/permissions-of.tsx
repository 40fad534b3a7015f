import type { RunbookDetails } from "../../../protocol/http/runbooks.ts";
import { limitWords, permissionSentences } from "../../model/permission-sentences.ts";
import { Name } from "../../parts/name.tsx";
import { Empty, Facts, Sheet } from "../../parts/page.tsx";
import { Status } from "../../parts/status.tsx";

/** What jobs of the newest version may do, and how much they may use. */
export function PermissionsOf({ runbook: { latest, draft } }: { runbook: RunbookDetails }) {
  const manifest = (latest ?? draft)?.manifest;
  if (!manifest) return <Empty says="Nothing is published, and there is no draft." />;
  const sentences = permissionSentences(manifest.permissions);
  return (
    <div class="columns">
      <Sheet name={latest ? `What version ${latest.version} may do` : "What the draft may do"}>
        {sentences.length === 0 ? (
          <p>Nothing outside of its sandbox: it computes, logs and outputs. Everything else is refused.</p>
        ) : (
          <>
            <ul class="sentences">
              {sentences.map(({ says, names, weighs }) => (
                <li key={says}>
                  <Status word={says} says={`${says}${names.length > 0 ? ":" : "."}`} tone={weighs === "heavy" ? "warn" : "quiet"} />
                  {names.length > 0 && (
                    <ul class="sentence-names">
                      {names.map((name) => (
                        <li key={name}>
                          <code>
                            <Name text={name} />
                          </code>
                        </li>
                      ))}
                    </ul>
                  )}
                </li>
              ))}
            </ul>
            <p class="soft">Everything else is refused.</p>
          </>
        )}
      </Sheet>
      <Sheet name="How much a job may use">
        <Facts facts={limitWords(manifest.limits)} />
      </Sheet>
    </div>
  );
}
