import type { Activity } from "../../../protocol/http/access.ts";
import { placeOfTarget, toldBy } from "../../model/changes.ts";
import { exactTime } from "../../model/exact-time.ts";
import { Aside } from "../../parts/beside.tsx";
import { Changes, Value } from "../../parts/changes.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Status } from "../../parts/status.tsx";

/** `ok`, or a code that says why not. */
export const isDone = ({ result }: Pick<Activity, "result">): boolean => result === "ok";

/** One entry with everything that it holds. */
export function EntryAside({ entry, onClose }: { entry: Activity; onClose(): void }) {
  const { zone } = usePage();
  const { changes, others } = toldBy(entry.details);
  const place = placeOfTarget(entry.target);
  return (
    <Aside name={`Entry ${entry.seq}`} heading={<Name text={entry.operation} longest={80} />} onClose={onClose}>
      <Facts
        facts={[
          ["When", exactTime(entry.at, { zone })],
          ["Who", <Who actor={entry.actor} />],
          ["From", <Name text={entry.address} />],
          [
            "To",
            place ? (
              <Link to={place}>
                <Name text={entry.target} />
              </Link>
            ) : (
              <Name text={entry.target} />
            ),
          ],
          ["Scope", <Name text={entry.scope} />],
          ["Result", isDone(entry) ? <Status word="done" tone="good" /> : <Status word={entry.result} tone="bad" />],
          ...others.map(([name, value]) => [name, isTime(name, value) ? exactTime(value, { zone }) : <Value of={value} />] as const),
        ]}
      />
      {changes.length > 0 && <Changes changes={changes} />}
      <Facts
        facts={[
          ["Request", <Code text={entry.correlationId} />],
          ["Entry", String(entry.seq)],
          ["Hash", <Code text={entry.hash} />],
        ]}
      />
    </Aside>
  );
}

/** Entries hold moments as Unix milliseconds, under names such as `expiresAt`. */
const isTime = (name: string, value: unknown): value is number => name.endsWith("At") && typeof value === "number";

const Code = ({ text }: { text: string }) => (
  <code class="soft">
    <Name text={text} />
  </code>
);

function Who({ actor }: { actor: Activity["actor"] }) {
  const { location } = usePage();
  if (actor.name === "") return <>{actor.kind}</>;
  return (
    <>
      <Name text={actor.name} /> <span class="soft">({actor.kind})</span>{" "}
      <button type="button" class="button plain inline" onClick={() => location.narrow({ actor: actor.name })}>
        Only theirs
      </button>
    </>
  );
}
