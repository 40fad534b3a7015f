import type { ComponentChildren } from "preact";
import { PENDING } from "../../core/deploy/status.ts";
import type { DeploymentDetail, DeploymentProgress } from "../../protocol/http/deployments.ts";
import { inPath } from "../model/engine.ts";
import { cut } from "../model/words.ts";
import { Link } from "../parts/link.tsx";
import { Name } from "../parts/name.tsx";
import { Facts, Page, Sheet } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Shown, useRead } from "../parts/read.tsx";
import { Status } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { Span } from "../parts/when.tsx";
import { Decisions, Hooks } from "./deployment/decisions.tsx";
import { Machines } from "./deployment/machines.tsx";
import { Moves } from "./deployment/moves.tsx";
import { Plan } from "./deployment/plan.tsx";
import { Rollout, WindowBar } from "./deployment/rollout.tsx";

/** One rollout in one occurrence of a window: its plan and who may carry it out, then how it goes, then what became of it. */
export function Deployment({ names: { id = "" } }: { names: Readonly<Record<string, string>> }) {
  const path = `/api/v1/deployments/${inPath(id)}`;
  const read = useRead<DeploymentDetail>(path, { of: ["deployments"] });
  const deployment = read.value;
  return (
    <Page
      title={deployment ? `${cut(deployment.window, 60)}, ${deployment.status}` : "Deployment"}
      heading={deployment ? <Name text={deployment.window} longest={80} /> : "Deployment"}
      trail={[{ name: "Deployments", to: "/deployments" }]}
      actions={deployment && <Moves deployment={deployment} />}
    >
      <Shown of={read} lines={12}>
        {(found) => (
          <>
            <div class="columns halves">
              <Standing deployment={found} />
              <Plan deployment={found} />
            </div>
            {found.startedAt !== null && <Progress path={path} />}
            <Decisions deployment={found} />
            <Hooks hooks={found.hooks} />
            <Machines key={found.planHash} deployment={found} />
          </>
        )}
      </Shown>
    </Page>
  );
}

function Progress({ path }: { path: string }) {
  const read = useRead<DeploymentProgress>(`${path}/progress`, { of: ["deployments"] });
  return (
    <Shown of={read} lines={8}>
      {(progress) => <Rollout progress={progress} />}
    </Shown>
  );
}

function Standing({ deployment }: { deployment: DeploymentDetail }) {
  const { status, reason, window, scope, opensAt, closesAt, startedAt, endedAt, requestedBy, createdAt, jobId, retryOf } = deployment;
  const zone = /\[(.*)\]$/.exec(deployment.occurrence)?.[1];
  const facts: [string, ComponentChildren][] = [
    [
      "Window",
      <Link key="window" to={`/windows/${inPath(window)}`}>
        <Name text={window} longest={80} />
      </Link>,
    ],
    ["Opens", <Span key="opens" from={opensAt} to={closesAt} {...(zone === undefined ? {} : { zone })} />],
    ["Scope", <Name key="scope" text={scope} />],
    ["Approval", <Approval key="approval" deployment={deployment} />],
    [
      "Planned",
      <span key="planned">
        <Time at={createdAt} />, asked for by <Name text={requestedBy} longest={80} />
      </span>,
    ],
  ];
  if (startedAt !== null) facts.push(["Started", <Time key="started" at={startedAt} />]);
  if (endedAt !== null) facts.push(["Ended", <Time key="ended" at={endedAt} />]);
  if (jobId !== null)
    facts.push([
      "Carried out by",
      <Link key="job" to={`/jobs/${inPath(jobId)}`}>
        {jobId}
      </Link>,
    ]);
  if (retryOf !== null)
    facts.push([
      "Takes up",
      <Link key="retry" to={`/deployments/${inPath(retryOf)}`}>
        {retryOf}
      </Link>,
    ]);
  return (
    <Sheet name="Status">
      <p class="standing">
        <Status word={status} /> <Name text={reason} longest={500} />
      </p>
      {PENDING.includes(status) && <WindowBar deployment={deployment} />}
      <Facts facts={facts} />
    </Sheet>
  );
}

function Approval({ deployment: { approval, requestedBy, decisions, planHash } }: { deployment: DeploymentDetail }) {
  const { who } = usePage();
  if (approval.count === 0) return "needs none";
  const by = decisions.filter((one) => one.planHash === planHash && one.decision === "approved").map((one) => one.by);
  const others = approval.byRequester ? "" : `, not ${cut(requestedBy, 60)} nor whoever has changed the window last`;
  return (
    <>
      {by.length} of {approval.count} ({approval.roles.join(", ")}
      {others})
      {by.length > 0 && (
        <>
          : <Name text={by.join(", ")} longest={200} />
        </>
      )}
      {!approval.byRequester && who.name === requestedBy && <span class="soft"> You have asked for this plan, so someone else must approve it.</span>}
    </>
  );
}
