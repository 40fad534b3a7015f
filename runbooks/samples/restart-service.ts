/**
 * Restarts a service on the machines of a role, one after the other, and checks afterwards that the service answers.
 * Before: store the token of the status page with `runwright asset set status-token --secret`, and put its address into `permissions.http`.
 *
 *     runwright run restart-service -p role=web -p service=nginx
 */
import { runbook, Type } from "runwright";

export default runbook({
  summary: "Restart a service on the machines of a role and check that it answers",
  parameters: Type.Object({
    role: Type.String({ minLength: 1, description: "Machines with the tag role=…" }),
    service: Type.String({ default: "nginx", pattern: "^[A-Za-z0-9@._-]+$", description: "Name of the systemd unit" }),
    settle: Type.String({ default: "5m", description: "How long to wait before the check, such as 30s or 5m" }),
  }),
  permissions: { machines: { select: "os=linux", actions: ["exec"] }, http: ["https://status.example.com"], secrets: ["status-token"] },
  limits: { timeout: "15m", memoryMb: 64 },
  concurrency: { key: (p) => p.service, limit: 1, overflow: "queue" },
  async run({ params, machines, http, secrets, log, output, progress, sleep }) {
    const targets = await machines.select(`tag:role=${params.role}`);
    if (targets.length === 0) throw new Error(`no Linux machine has the tag role=${params.role}`);
    for (const [i, machine] of targets.entries()) {
      const result = await machine.exec(["systemctl", "restart", params.service], { timeout: "60s" });
      if (result.exitCode !== 0) throw new Error(`${machine.name}: systemctl ended with ${result.exitCode}: ${result.stderr}`);
      log(`${machine.name}: ${params.service} restarted`);
      progress((i + 1) / targets.length, machine.name);
    }
    await sleep(params.settle); // costs no memory: the job waits in the store and is replayed
    const token = await secrets.get("status-token");
    const answer = await http.fetch(`https://status.example.com/services/${params.service}`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${params.service} doesn't answer after the restart: status ${answer.status}`);
    output({ restarted: targets.length, service: params.service, status: answer.status });
  },
});
