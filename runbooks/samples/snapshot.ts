/**
 * A hook of maintenance windows: takes a snapshot of a machine before it is patched, and waits until it is there. What fails here keeps the machine from being patched
 * (`onFailure: skipMachine`, the default of `beforeMachine`), or ends the deployment (`onFailure: abort`).
 *
 *     hooks:
 *       - { at: beforeMachine, runbook: snapshot, timeout: 15m }
 *
 * The hypervisor of this sample answers `POST /snapshots { machine, name }` with `{ id }`, and `GET /snapshots/ID` with `{ state: "creating" | "ready" | "failed", reason }`.
 */
import { runbook, Type } from "runwright";

const HYPERVISOR = "https://hypervisor.example.com";

export default runbook({
  summary: "Take a snapshot of a machine before it is patched",
  // Of what a hook is told it gets what it names here.
  parameters: Type.Object({
    deployment: Type.String({ description: "Whose hook it is; part of the snapshot's name" }),
    machine: Type.String({ description: "Name of the machine" }),
  }),
  permissions: { http: ["https://hypervisor.example.com"], secrets: ["hypervisor-token"] },
  limits: { timeout: "15m" },
  async run({ params, http, secrets, sleep, log, output }) {
    const headers = { authorization: `Bearer ${await secrets.get("hypervisor-token")}` };
    // The same name for the same deployment: asked again after a crash, the hypervisor knows it by the request's Idempotency-Key.
    const name = `before-${params.deployment}`;
    const asked = await http.fetch(`${HYPERVISOR}/snapshots`, { method: "POST", headers, json: { machine: params.machine, name } });
    if (!asked.ok) throw new Error(`no snapshot of ${params.machine}: the hypervisor answers ${asked.status} ${await asked.text()}`);
    const { id } = await asked.json<{ id: string }>();
    for (;;) {
      const answer = await http.fetch(`${HYPERVISOR}/snapshots/${encodeURIComponent(id)}`, { headers });
      const { state, reason = "" } = await answer.json<{ state: string; reason?: string }>();
      if (state === "ready") break;
      if (state !== "creating") throw new Error(`the snapshot ${id} of ${params.machine} is ${state}: ${reason}`);
      await sleep("10s"); // costs no memory; the hook's own timeout ends it
    }
    log(`${params.machine}: snapshot ${id} is there`);
    output({ machine: params.machine, snapshot: id });
  },
});
