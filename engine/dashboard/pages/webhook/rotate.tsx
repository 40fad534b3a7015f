import { useState } from "preact/hooks";
import type { Resource } from "../../../protocol/http/resources.ts";
import type { RotatedToken } from "../../../protocol/http/webhooks.ts";
import { inPath } from "../../model/engine.ts";
import { cut } from "../../model/words.ts";
import { Copy } from "../../parts/copy.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Select } from "../../parts/select.tsx";
import { Time } from "../../parts/time.tsx";

const OVERLAPS = [
  { value: "24h", name: "a day longer" },
  { value: "7d", name: "a week longer" },
  { value: "30d", name: "30 days longer" },
  { value: "0s", name: "no longer" },
];

/** Makes a new address, and shows it this once. It stands nowhere but in this dialog, and is gone with it. */
export function Rotate({ webhook: { name }, onClose }: { webhook: Resource; onClose(): void }) {
  const { engine, reads } = usePage();
  const [overlap, setOverlap] = useState("24h");
  const [made, setMade] = useState<RotatedToken>();
  if (made) {
    return (
      <Dialog title={`The new address of ${cut(name, 80)}`} key="made" width="wide" onClose={onClose}>
        <p>Whoever knows it can send. It is shown this once: copy it to where it is needed.</p>
        <Copy label="Address" text={made.url} />
        <p class="soft">
          It ends <Time at={made.expiresAt} />; those from before end <Time at={made.othersEndAt} />.
        </p>
      </Dialog>
    );
  }
  const rotate = async () => {
    const token = await engine.send<RotatedToken>("POST", `/api/v1/webhooks/${inPath(name)}/rotate`, { overlap });
    setMade(token);
    reads.changed(["resources"]);
  };
  return (
    <Dialog key="ask" title={`Make a new address for ${cut(name, 80)}`} act="Make it" does={rotate} onDone={() => undefined} onClose={onClose}>
      <p>Senders are given the new one. Until they have it, the old ones may go on:</p>
      <Select isLabelled label="Old addresses work" value={overlap} choices={OVERLAPS} onValue={setOverlap} />
      {overlap === "0s" && <p class="tone-bad">Whoever still sends to an old one is refused at once.</p>}
    </Dialog>
  );
}
