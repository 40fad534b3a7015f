import { isEnded } from "../../../core/deploy/status.ts";
import type { Deployment, DeploymentProgress } from "../../../protocol/http/deployments.ts";
import { currentWave, doneOf, failedOf, partsOf, totalOf, windowTime } from "../../model/rollout.ts";
import { counted, countText, lengthText } from "../../model/words.ts";
import { MachinesBar } from "../../parts/machines-bar.tsx";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { PartsBar } from "../../parts/parts-bar.tsx";
import { Shape, Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { MachineLink } from "./machine-link.tsx";

/** How far it is: time, waves, the error budget, what is at work and what has ended last. */
export function Rollout({ progress }: { progress: DeploymentProgress }) {
  const { deployment, waves, running, ended } = progress;
  const current = currentWave(waves);
  const isOver = isEnded(deployment.status);
  return (
    <Sheet name="Rollout">
      {!isOver && <WindowBar deployment={deployment} />}
      <Budget deployment={deployment} />
      <div class="waves">
        {waves.map(({ wave, machines }) => (
          <WaveRow key={wave} name={`Wave ${wave + 1}`} machines={machines} isCurrent={wave === current} />
        ))}
      </div>
      <PartsBar label="All machines" parts={partsOf(deployment.machines).map(({ status, count }) => ({ word: status, count }))} />
      <div class="columns">
        {!isOver && <Now running={running} inProgress={deployment.machines.InProgress ?? 0} />}
        <Last ended={ended} />
      </div>
    </Sheet>
  );
}

export function WindowBar({ deployment }: { deployment: Deployment }) {
  const { now, time } = usePage();
  void now.value;
  const { gone, reserve, text } = windowTime(deployment, time.now());
  return (
    <div class="window-time">
      <div class="window-bar" role="img" aria-label={`Window: ${text}`}>
        <i class="reserve" style={{ left: `${reserve * 100}%` }} title={`Kept for reboots: the last ${deployment.settings.rebootReserve}`} />
        <i class="gone" style={{ width: `${gone * 100}%` }} />
      </div>
      <span>{text}</span>
    </div>
  );
}

function Budget({ deployment: { machines, allowedFailures, settings } }: { deployment: Deployment }) {
  const failed = failedOf(machines);
  const tone = failed > allowedFailures ? "bad" : failed > 0 ? "warn" : "good";
  return (
    <p class="budget">
      <span class={`status tone-${tone}`}>
        <Shape tone={tone} /> {counted(failed, "machine")} failed
      </span>{" "}
      <span class="soft">
        and {countText(allowedFailures)} may (error budget {settings.errorBudget}); more of them halt it
      </span>
    </p>
  );
}

function WaveRow({ name, machines, isCurrent }: { name: string; machines: Deployment["machines"]; isCurrent: boolean }) {
  const failed = failedOf(machines);
  return (
    <div class="wave" aria-current={isCurrent ? "step" : undefined}>
      <span class="name">{name}</span>
      <MachinesBar machines={machines} label={name} />
      <span class="number">
        {countText(doneOf(machines))} of {countText(totalOf(machines))} done
      </span>
      <span class={`number ${failed > 0 ? "tone-bad" : "soft"}`}>{failed > 0 ? `${countText(failed)} failed` : ""}</span>
    </div>
  );
}

function Now({ running, inProgress }: { running: DeploymentProgress["running"]; inProgress: number }) {
  const { now, time } = usePage();
  void now.value;
  return (
    <section class="stack tight">
      <h3>At work now</h3>
      {running.length === 0 ? (
        <p class="soft">None.</p>
      ) : (
        <ul class="lines" aria-label="At work now">
          {running.slice(0, SHOWN).map(({ name, startedAt, message, rebootState }) => (
            <li key={name}>
              <MachineLink name={name} />
              <span class="number soft">{startedAt === null ? "" : lengthText(Math.max(0, time.now() - Date.parse(startedAt)))}</span>
              <span class="soft">
                <Name text={[rebootState === "Started" ? "reboots" : "", message].filter(Boolean).join("; ")} longest={160} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {inProgress > SHOWN && <p class="soft">And {countText(inProgress - SHOWN)} more.</p>}
    </section>
  );
}
const SHOWN = 10;

function Last({ ended }: { ended: DeploymentProgress["ended"] }) {
  return (
    <section class="stack tight">
      <h3>Ended last</h3>
      {ended.length === 0 ? (
        <p class="soft">None yet.</p>
      ) : (
        <ul class="lines" aria-label="Ended last">
          {ended.slice(0, SHOWN).map(({ name, status, message, endedAt }) => (
            <li key={name}>
              <MachineLink name={name} />
              <span class="number">
                <Time at={endedAt} />
              </span>
              <span>
                <Status word={status} />{" "}
                <span class="soft">
                  <Name text={message} longest={160} />
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
