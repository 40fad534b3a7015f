import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { Client } from "../model/client/client.ts";
import { JOBS, journalOf } from "../model/client/lists.ts";
import { jobPath, readJob } from "../model/jobs/live-job.ts";
import { askToConfirm, askToPick } from "./ask-for.ts";
import { type CommandParts, engineOf, type Run } from "./parts.ts";
import { pickJob } from "./pick.ts";
import { newestVersion } from "./publish.ts";
import { jobIn } from "./subject.ts";

const move = (client: Client, id: string, verb: string, body?: object): Promise<Job> =>
  client.ask<Job>("POST", `${jobPath(id)}/${verb}`, JOBS.shape, body ? { body } : {});

const refreshed = ({ trees }: CommandParts) => trees["runwright.jobs"].tree.refresh();

export const stopJob: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const id = jobIn(given) ?? (await pickJob(client, "Stop Job", { status: "queued,running,waiting,suspended" }));
  const { runbook } = await readJob(client, id);
  await askToConfirm(`Stop this job of ${runbook}?`, { detail: `${id} ends at once; what it has done so far stays done.`, action: "Stop" });
  await move(client, id, "stop");
  await refreshed(parts);
};

export const suspendJob: Run = async (parts, given) => {
  const client = await engineOf(parts);
  await move(client, jobIn(given) ?? (await pickJob(client, "Suspend Job", { status: "queued,running,waiting" })), "suspend");
  await refreshed(parts);
};

export const continueJob: Run = async (parts, given) => {
  const client = await engineOf(parts);
  await move(client, jobIn(given) ?? (await pickJob(client, "Continue Job", { status: "suspended" })), "continue");
  await refreshed(parts);
};

/** Goes on from the call that failed. */
export const resumeJob: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const id = jobIn(given) ?? (await pickJob(client, "Resume Job", { status: "failed,stopped" }));
  await opened(parts, await move(client, id, "resume", await versionFor(client, id)));
};

/** What was published since the job began may go on with it, where its calls match what is kept. */
async function versionFor(client: Client, id: string): Promise<{ version?: number }> {
  const { runbook, version } = await readJob(client, id);
  const newest = version === null ? 0 : await newestVersion(client, runbook);
  if (version === null || newest <= version) return {};
  const rows = [
    { label: `Version ${version}`, description: "with which it ran", body: {} },
    { label: `Version ${newest}`, description: "the newest; its calls must match what is kept", body: { version: newest } },
  ];
  return (await askToPick(rows, { title: "Resume Job", placeHolder: "With which version?" })).body;
}

/** Goes on from a call that somebody picks: what was recorded before it is kept, what follows is done anew. */
export const resumeJobFromCall: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const id = jobIn(given) ?? (await pickJob(client, "Resume Job from a Call", { status: "failed,stopped" }));
  const { items } = await client.page(journalOf(id), { limit: 500 });
  if (items.length === 0) throw new Error(`${id} has made no host call: run it again instead.`);
  const rows = items.map(({ call, op, effect, settledAt, args }) => ({
    label: `${call}  ${op}`,
    description: `${effect}${settledAt === null ? ", not settled" : ""}`,
    detail: JSON.stringify(args)?.slice(0, 200) ?? "",
    call,
  }));
  const { call } = await askToPick(rows, { title: "Resume from a Call", placeHolder: "The first call that is done anew" });
  await opened(parts, await move(client, id, "resume", { from: call, ...(await versionFor(client, id)) }));
};

/** The same runbook once more, from the start, with the same parameters. */
export const retryJob: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const { runbook, params, dry, version } = await readJob(client, jobIn(given) ?? (await pickJob(client, "Run Again", { status: "completed,failed,stopped" })));
  const body = { params, dry, ...(version === null ? { draft: true } : {}) };
  await opened(parts, await client.ask<Job>("POST", `/api/v1/runbooks/${encodeURIComponent(runbook)}/jobs`, JOBS.shape, { body }));
};

async function opened(parts: CommandParts, job: Job): Promise<void> {
  const { id, runbook } = job;
  parts.notices.started(job);
  await parts.documents.open({ kind: "job", id, title: runbook });
  await refreshed(parts);
}
