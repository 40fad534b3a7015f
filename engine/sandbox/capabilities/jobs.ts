import { Type } from "typebox";
import type { ChildJobsPort } from "../ports.ts";
import { type HostFunction, hostFunction } from "./function.ts";

/** What a dry job gets for a child that wasn't started. */
const NOT_STARTED = "job_dry";

export function jobFunctions(jobs: ChildJobsPort): HostFunction[] {
  return [
    hostFunction(
      Type.Object({
        runbook: Type.String({ minLength: 1, maxLength: 200 }),
        params: Type.Record(Type.String(), Type.Unknown()),
        options: Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1 })) }),
      }),
      {
        op: "jobs.start",
        effect: "write",
        refuse({ runbook }, { attempt }) {
          if (attempt.manifest.permissions.jobs?.includes(runbook)) return undefined;
          return `the runbook doesn't declare that it starts "${runbook}": add it to permissions.jobs`;
        },
        perform: ({ runbook, params, options }, { attempt, id, onBehalfOf, masker }) => {
          const secrets = masker.foundIn(params);
          return jobs.start({ parent: { ...id, depth: attempt.depth }, runbook, version: options.version ?? null, params, secrets }, onBehalfOf);
        },
        // A job is started once for each call.
        recover: () => "perform",
        dry: () => ({ id: NOT_STARTED }),
        seen: ({ id }, { children }) => {
          children.add(id);
        },
      },
    ),
    hostFunction(Type.Object({ id: Type.String({ maxLength: 100 }) }), {
      op: "jobs.wait",
      effect: "read",
      waits: true,
      refuse: ({ id }, { children }) => (children.has(id) ? undefined : `the job hasn't started the job "${id}"`),
      async perform({ id }, { signal, awaits }) {
        if (id === NOT_STARTED) return { id, runbook: "", version: null, status: "completed" as const, failureCode: null, error: null, outputs: [] };
        awaits({ kind: "job", jobId: id });
        return jobs.wait(id, signal);
      },
    }),
  ];
}
