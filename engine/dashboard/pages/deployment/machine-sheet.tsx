import type { DeploymentMachine } from "../../../protocol/http/deployments.ts";
import { inPath } from "../../model/engine.ts";
import { cut, lengthText } from "../../model/words.ts";
import { Aside } from "../../parts/beside.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts } from "../../parts/page.tsx";
import { Badge, Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { Span } from "../../parts/when.tsx";

/** One machine of a deployment: what is planned for it, what became of it, and the proof. */
export function MachineSheet({ machine, onClose }: { machine: DeploymentMachine; onClose(): void }) {
  const {
    name,
    wave,
    status,
    message,
    updates,
    left,
    notes,
    expected,
    opensAt,
    closesAt,
    reboot,
    rebootState,
    startedAt,
    endedAt,
    installCommand,
    rebootCommand,
    bootIdBefore,
    bootIdAfter,
  } = machine;
  const facts: [string, preact.ComponentChildren][] = [
    ["Status", <Status key="status" word={status} />],
    ["Wave", wave === null ? "the plan leaves it alone" : String(wave + 1)],
    ...(message === "" ? [] : [["It said", <Name key="message" text={message} longest={2_000} />] satisfies [string, preact.ComponentChildren]]),
    ["Its window", <Span key="window" from={opensAt} to={closesAt} />],
    ["Expected", wave === null ? "–" : `${lengthText(expected.p50)} (p95 ${lengthText(expected.p95)})`],
    ["Reboot", reboot === "no" && rebootState === "NotNeeded" ? "none" : `${reboot}; ${rebootState}`],
    ...(startedAt === null ? [] : [["Started", <Time key="started" at={startedAt} />] satisfies [string, preact.ComponentChildren]]),
    ...(endedAt === null ? [] : [["Ended", <Time key="ended" at={endedAt} />] satisfies [string, preact.ComponentChildren]]),
    ...(installCommand === null
      ? []
      : [
          [
            "Install",
            <Link key="install" to={`/machines/${inPath(name)}?tab=commands`}>
              {installCommand}
            </Link>,
          ] satisfies [string, preact.ComponentChildren],
        ]),
    ...(rebootCommand === null ? [] : [["Reboot command", <code key="reboot">{rebootCommand}</code>] satisfies [string, preact.ComponentChildren]]),
    ...(bootIdBefore === null || bootIdAfter === null
      ? []
      : [
          [
            "Boot id",
            <code key="boot">
              {bootIdBefore.slice(0, 8)} → {bootIdAfter.slice(0, 8)}
            </code>,
          ] satisfies [string, preact.ComponentChildren],
        ]),
  ];
  return (
    <Aside
      name={`Machine ${cut(name, 80)}`}
      heading={
        <Link to={`/machines/${inPath(name)}`}>
          <Name text={name} longest={80} />
        </Link>
      }
      onClose={onClose}
    >
      <Facts facts={facts} />
      {updates.length > 0 && <Updates updates={updates} />}
      {left.length > 0 && (
        <section class="stack tight">
          <h3>Doesn't fit in the window</h3>
          <ul class="lines-plain">
            {left.map((update) => (
              <li key={`${update.name} ${update.version}`}>
                <Name text={`${update.name} ${update.version}`} longest={120} />{" "}
                <span class="soft">
                  <Name text={update.reason} longest={200} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {notes.length > 0 && (
        <section class="stack tight">
          <h3>Notes</h3>
          <ul class="lines-plain">
            {notes.map(({ at, what, ok, message: said }) => (
              <li key={`${at}${what}`}>
                <Status word={what} tone={ok ? "good" : "bad"} /> <Time at={at} />{" "}
                <span class="soft">
                  <Name text={said} longest={400} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Aside>
  );
}

/** Each with its versions below its name: both may be long, and the place is narrow. */
function Updates({ updates }: { updates: DeploymentMachine["updates"] }) {
  return (
    <table class="plain-table planned-updates">
      <thead>
        <tr>
          <th scope="col">Update, from → to</th>
          <th scope="col" class="number">
            Takes
          </th>
        </tr>
      </thead>
      <tbody>
        {updates.map(({ name, architecture, fromVersion, version, classification, severity, expected, reboot }) => (
          <tr key={`${name} ${architecture}`}>
            <td>
              <Name text={name} longest={80} /> <span class="soft">{severity === "unspecified" ? classification : `${classification}, ${severity}`}</span>{" "}
              {reboot === "always" && <Badge tone="warn">reboots</Badge>}
              <div class="mono soft">
                <Name text={fromVersion ?? "(new)"} longest={60} /> → <Name text={version} longest={60} />
              </div>
            </td>
            <td class="number" title={basisOf(expected)}>
              {lengthText(expected.p50)}
              {expected.basis === "default" && "?"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const basisOf = ({ basis, samples, p95 }: DeploymentMachine["updates"][number]["expected"]): string =>
  basis === "default"
    ? "nobody knows yet: this is assumed"
    : `by ${samples} earlier ones${basis === "machine" ? " of this machine" : ""}; p95 ${lengthText(p95)}`;
