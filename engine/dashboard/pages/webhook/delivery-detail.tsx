import type { DeliveryDetail as Detail, HookAnswer } from "../../../protocol/http/webhooks.ts";
import { inPath } from "../../model/engine.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { JsonTree } from "../../parts/json-tree.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Shown, useRead } from "../../parts/read.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

/** What was received, masked, and what became of it; it can be handled once more. */
export function DeliveryDetail({
  webhook,
  id,
  mayReplay,
  onDone,
  onClose,
}: {
  webhook: string;
  id: string;
  mayReplay: boolean;
  onDone(): void;
  onClose(): void;
}) {
  const { engine, reads, location } = usePage();
  const path = `/api/v1/webhooks/${inPath(webhook)}/deliveries/${inPath(id)}`;
  const detail = useRead<Detail>(path, { of: [] });
  const canReplay = mayReplay && detail.value?.bodyKept === true;
  const replay = async () => {
    const { jobIds } = await engine.send<HookAnswer>("POST", `${path}/replay`);
    reads.changed(["jobs"]);
    onDone();
    const [only] = jobIds;
    if (only !== undefined && jobIds.length === 1) setTimeout(() => location.go(`/jobs/${inPath(only)}`));
  };
  return (
    <Dialog title="What was received" width="wide" {...(canReplay ? { act: "Handle it once more", does: replay } : {})} onClose={onClose}>
      <Shown of={detail} lines={8}>
        {(shown) => (
          <>
            <Facts
              facts={[
                [
                  "Received",
                  <span key="at">
                    <Time at={shown.receivedAt} /> from <Name text={shown.address} longest={60} />
                  </span>,
                ],
                ["Became", <Status key="became" word={shown.status} />],
                ...(shown.reason === "" ? [] : [["Because", <Name key="because" text={shown.reason} longest={600} />] as const]),
                ...(shown.replayOf === null ? [] : [["Replay of", <code key="replay">{shown.replayOf}</code>] as const]),
                ["Jobs", shown.jobIds.length === 0 ? "none" : <JobLinks key="jobs" ids={shown.jobIds} />],
              ]}
            />
            <Part name="Headers" value={shown.headers} />
            {shown.query !== undefined && <Part name="Query" value={shown.query} />}
            {shown.body !== undefined && <Part name="Body" value={shown.body} />}
            {!shown.bodyKept && <p class="soft">Its body isn't kept any more, so it can't be handled again.</p>}
            {canReplay && <p class="soft">Handling it once more starts new jobs; what the first ones did is done again.</p>}
          </>
        )}
      </Shown>
    </Dialog>
  );
}

function JobLinks({ ids }: { ids: readonly string[] }) {
  return (
    <>
      {ids.slice(0, 20).map((id) => (
        <div key={id}>
          <Link to={`/jobs/${inPath(id)}`}>{id}</Link>
        </div>
      ))}
    </>
  );
}

function Part({ name, value }: { name: string; value: unknown }) {
  return (
    <div class="dialog-part">
      <h2>{name}</h2>
      <JsonTree label={name} value={value} around={560} />
    </div>
  );
}
