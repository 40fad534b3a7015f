import type { Install, Machine } from "../../../protocol/http/machines.ts";
import { inPath } from "../../model/engine.ts";
import { counted, lengthText } from "../../model/words.ts";
import { Aside } from "../../parts/beside.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts } from "../../parts/page.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { Sentences } from "./overview.tsx";

/** One install or rollback, with what became of each update. */
export function InstallAside({ machine, id, onClose }: { machine: Machine; id: string; onClose(): void }) {
  const read = useRead<Install>(`/api/v1/machines/${inPath(machine.name)}/installs/${inPath(id)}`, { of: ["machines", "updates"] });
  return (
    <Aside name="Install" heading={read.value && `${read.value.action}: ${counted(read.value.updates.length, "update")}`} onClose={onClose}>
      <Shown of={read} lines={8}>
        {(install) => <Told install={install} zone={machine.facts?.timeZone} />}
      </Shown>
    </Aside>
  );
}

function Told({
  install: { startedAt, endedAt, jobId, packageManager, rebootPending, resumed, repairs, logFile, updates },
  zone,
}: {
  install: Install;
  zone: string | undefined;
}) {
  const time = (at: string | null) => <Time at={at} zone={zone} zoneOf="the machine" />;
  return (
    <>
      <Facts
        facts={[
          ["Begun", time(startedAt)],
          [
            "Ended",
            endedAt === null ? (
              "not yet"
            ) : (
              <span>
                {time(endedAt)}, took {lengthText(Date.parse(endedAt) - Date.parse(startedAt))}
              </span>
            ),
          ],
          ["By", jobId === null ? "a person" : <Link to={`/jobs/${inPath(jobId)}`}>a job</Link>],
          ["With", <Name text={packageManager} />],
          ["Reboot", rebootPending ? <Status word="pending" tone="warn" /> : "not pending"],
          ...(resumed > 0 ? ([["Went on", `${counted(resumed, "time")} after an interruption`]] as const) : []),
          ...(logFile === "" ? [] : ([["Log", <Name text={logFile} />]] as const)),
        ]}
      />
      {repairs.length > 0 && <Sentences name="Mended first" of={repairs} />}
      <ul class="outcomes">
        {updates.map(({ name, architecture, fromVersion, version, status, message }) => (
          <li key={`${name} ${architecture}`}>
            <span class="of">
              <Name text={name} longest={120} />
              <Status word={status} />
            </span>
            <span class="soft">
              <Name text={fromVersion === null ? version : `${fromVersion} → ${version}`} longest={120} />
            </span>
            {message !== "" && (
              <span class="message">
                <Name text={message} longest={1_000} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
