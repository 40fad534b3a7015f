import type { Diff } from "../../../protocol/http/runbooks.ts";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { Status } from "../../parts/status.tsx";

/** What a newer version may do that an older one may not, and the other way round: wider ones first. */
export function PermissionChanges({ changes, from, to }: { changes: Diff["permissions"]; from: number; to: number }) {
  const wider = changes.filter(({ widened }) => widened);
  const others = changes.filter(({ widened }) => !widened);
  return (
    <Sheet name={`What ${to} may do that ${from} may not`}>
      {changes.length === 0 ? (
        <span class="soft">Both may do the same.</span>
      ) : (
        <ul class="permission-changes">
          {[...wider, ...others].map(({ permission, text, widened }) => (
            <li key={`${permission} ${text}`}>
              {widened ? <Status word="wider" tone="warn" /> : <Status word="not wider" tone="quiet" />} <Name text={text} longest={600} />
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}
