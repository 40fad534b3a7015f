/**
 * Says how machines comply, as figures that other programs read, and posts a summary to a chat. Changes nothing.
 *
 *     runwright run report -p select="scope=/prod"
 *     runwright report compliance scope=/prod --out report.html     # the same as a page
 *
 * `report.yaml` starts it each Monday. Whom it may tell is decided in `permissions.http`: yours may be another chat, which takes JSON with a member `text`. Give it the rest
 * of the address with `runwright asset set report-hook --secret`.
 */
import { type ComplianceReport, runbook, Type } from "runwright";

const MOST_NAMED = 10;

export default runbook({
  summary: "Report how machines comply, and post a summary",
  parameters: Type.Object({
    select: Type.String({ default: "all", minLength: 1, description: "Which machines, such as scope=/prod or tag:role=web" }),
    days: Type.Integer({ default: 7, minimum: 1, maximum: 180, description: "The last so many, for installs and the trend" }),
    post: Type.Boolean({ default: false, description: "Post the summary to the chat whose path the secret report-hook has" }),
    failBelow: Type.Number({ default: 0, minimum: 0, maximum: 1, description: "The job fails when a smaller share of the machines is compliant" }),
  }),
  permissions: { machines: { select: "os=linux,windows,macos", actions: [] }, http: ["https://hooks.slack.com"], secrets: ["report-hook"] },
  concurrency: { limit: 1, overflow: "queue" },
  async run({ params, machines, http, secrets, log, output, retry }) {
    const report = await machines.report(params.select, { days: params.days });
    output(report);
    const text = summaryOf(report);
    for (const line of text.split("\n")) log(line);
    if (params.post) {
      // Whoever knows the address may write there: it is a secret, and masked in all that the job writes.
      const path = await secrets.get("report-hook");
      const post = async () => {
        const headers = { "content-type": "application/json" };
        const { ok, status } = await http.fetch(`https://hooks.slack.com/${path}`, { method: "POST", headers, body: JSON.stringify({ text }) });
        if (!ok) throw new Error(`the chat answered with status ${status}`);
      };
      await retry(post, { attempts: 4, backoff: { initial: "10s" } });
    }
    const { compliantShare } = report.machines;
    if (compliantShare !== null && compliantShare < params.failBelow)
      throw new Error(`${percent(compliantShare)} compliant, wanted are ${percent(params.failBelow)}`);
  },
});

/** For people, in a few lines. */
function summaryOf({ machines, byScope, sla, installs, trend, days }: ComplianceReport): string {
  if (machines.total === 0) return "No machine matches: there is nothing to report on.";
  const first = trend?.[0];
  const before = first === undefined ? null : shareOf(first.byCompliance);
  const worst = byScope.filter(({ overdue }) => overdue > 0).sort((a, b) => b.overdue - a.overdue);
  return [
    `${percent(machines.compliantShare)} of ${machines.total} machines are compliant${before === null ? "" : ` (${percent(before)} on ${first?.day})`}; ${machines.byCompliance.stale} stale, ${machines.byCompliance.notassessed} not assessed`,
    sla.overdue === 0 ? "Nothing is overdue." : `${sla.overdue} updates are overdue on ${sla.machines} machines, ${sla.dueSoon} more are due within 7 days.`,
    ...worst.slice(0, MOST_NAMED).map(({ scope, overdue }) => `  ${scope}: ${overdue} overdue`),
    installs.successShare === null ? `Nothing was installed in ${days} days.` : `${percent(installs.successShare)} of the installs of ${days} days succeeded.`,
  ].join("\n");
}

function shareOf(byCompliance: ComplianceReport["machines"]["byCompliance"]): number | null {
  const total = Object.values(byCompliance).reduce((sum, count) => sum + count, 0);
  return total === 0 ? null : byCompliance.compliant / total;
}

const percent = (share: number | null): string => (share === null ? "none" : `${Math.floor(share * 1_000) / 10} %`);
