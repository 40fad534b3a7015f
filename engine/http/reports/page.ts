import type { ComplianceReport } from "../../core/compliance/report.ts";
import type { ComplianceState } from "../../core/update.ts";
import { bars, columns, legend, lines, type Segment, stackedBar } from "./charts.ts";
import { Html, html } from "./html.ts";
import { STYLE } from "./style.ts";

const DAY_MS = 86_400_000;
/** Of lists that JSON has longer. */
const MOST_ROWS = 12;

/** How each state looks and is called, worst last. */
const STATES: readonly { state: ComplianceState; label: string; look: Segment["look"] }[] = [
  { state: "compliant", label: "compliant", look: "good" },
  { state: "noncompliant", label: "noncompliant", look: "bad" },
  { state: "stale", label: "stale", look: "warn" },
  { state: "notassessed", label: "not assessed", look: "quiet" },
];
const OVERDUE = { label: "overdue", look: "bad" } as const;
const IN_TIME = { label: "not overdue", look: "accent" } as const;

/** A report as one page that needs nothing else: no script, no font, no image from elsewhere. */
export function reportPage(report: ComplianceReport): string {
  const { machines } = report;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>Compliance, ${dayOf(report.at)}</title><style>${new Html(STYLE)}</style></head>
<body><main>
<h1>Compliance</h1>
<p class="soft">${dayOf(report.at)} ${report.at.slice(11, 16)} UTC; machines: ${report.selector}, in ${report.scopes.join(", ") || "no scope"}; installs and trend: ${report.days === 1 ? "today" : html`${report.days} days`}</p>
${figures(report)}
${machines.total === 0 ? html`<section><p>No machine matches: there is nothing to report on.</p></section>` : content(report)}
<footer>Days are those of UTC. Ages count from when an update was first seen on its machine; overdue is what its policy wanted installed by now.</footer>
</main></body></html>
`.text;
}

function figures({ machines, sla, installs, oldestSecurityFirstSeenAt, at, byClassification }: ComplianceReport): Html {
  const missing = byClassification.reduce((sum, one) => sum + one.missing, 0);
  const age = oldestSecurityFirstSeenAt === null ? "none" : `${daysBetween(oldestSecurityFirstSeenAt, at)} d`;
  const all: [value: string, label: string, note: string][] = [
    [share(machines.compliantShare), "compliant", `${number(machines.byCompliance.compliant)} of ${number(machines.total)} machines`],
    [number(missing), "missing updates", `${number(machines.rebootPending)} machines wait for a reboot`],
    [number(sla.overdue), "overdue", `on ${number(sla.machines)} machines; ${number(sla.dueSoon)} more due in 7 days`],
    [age, "oldest security update", oldestSecurityFirstSeenAt === null ? "no security update is missing" : "since it was first seen"],
    [share(installs.successShare), "installs succeeded", `on ${number(installs.machines)} machines`],
  ];
  return html`<div class="figures">${all.map(([value, label, note]) => html`<section><b>${value}</b>${label}<br><span class="soft">${note}</span></section>`)}</div>`;
}

const content = (report: ComplianceReport): Html => html`
${scopes(report)}
<div class="pair">
<section><h2>Missing updates by classification</h2>${legend([OVERDUE, IN_TIME])}${counts(report.byClassification.map((one) => ({ label: one.classification, ...one })))}</section>
<section><h2>Missing updates by severity</h2>${legend([OVERDUE, IN_TIME])}${counts(report.bySeverity.map((one) => ({ label: one.severity, ...one })))}</section>
</div>
<section><h2>Machines by the age of their oldest missing security update</h2>${columns(
  report.bySecurityAge.map(({ bucket, fromDays, machines }) => ({
    label: bucket,
    segments: [{ label: "machines", value: machines, look: fromDays === null ? "good" : fromDays >= 90 ? "bad" : fromDays >= 30 ? "warn" : "accent" }],
  })),
  "machines by age of the oldest missing security update",
)}</section>
${breaches(report)}
${installs(report)}
${trend(report)}`;

function scopes({ byScope, moreScopes }: ComplianceReport): Html {
  const rows = byScope.map(
    ({ scope, byCompliance, total, missing, security, overdue }) =>
      html`<tr><th scope="row">${scope}</th><td class="wide">${stackedBar(
        STATES.map(({ state, label, look }) => ({ label, look, value: byCompliance[state] })),
        `${scope}: ${byCompliance.compliant} of ${total} machines are compliant`,
      )}</td><td class="number">${share(total === 0 ? null : byCompliance.compliant / total)}</td><td class="number">${number(total)}</td><td class="number">${number(missing)}</td><td class="number">${number(security)}</td><td class="number">${number(overdue)}</td></tr>`,
  );
  const more = moreScopes > 0 ? html`<p class="soft">${moreScopes} smaller scopes aren't shown.</p>` : "";
  return html`<section class="scopes"><h2>By scope</h2>${legend(STATES)}<table><thead><tr><th>scope</th><th></th><th class="number">compliant</th><th class="number">machines</th><th class="number">missing</th><th class="number">security</th><th class="number">overdue</th></tr></thead><tbody>${rows}</tbody></table>${more}</section>`;
}

const counts = (rows: readonly { label: string; missing: number; machines: number; overdue: number }[]): Html =>
  rows.length === 0
    ? html`<p class="soft">Nothing is missing.</p>`
    : bars(
        rows.map(({ label, missing, machines, overdue }) => ({
          ...{ label, note: `${number(missing)} on ${number(machines)}` },
          segments: [
            { ...OVERDUE, value: overdue },
            { ...IN_TIME, value: missing - overdue },
          ],
        })),
      );

function breaches({ sla, at }: ComplianceReport): Html {
  if (sla.overdue === 0) return html`<section><h2>Beyond their due time</h2><p class="text-good">Nothing is overdue.</p></section>`;
  const since = (text: string) => html`<td class="number">${daysBetween(text, at)} d</td>`;
  return html`<div class="pair"><section><h2>Updates beyond their due time</h2><table><thead><tr><th>update</th><th class="number">machines</th><th class="number">for</th></tr></thead><tbody>${sla.updates
    .slice(0, MOST_ROWS)
    .map(
      ({ name, machines, since: from }) => html`<tr><td>${name}</td><td class="number">${number(machines)}</td>${since(from)}</tr>`,
    )}</tbody></table></section><section><h2>Machines with overdue updates</h2><table><thead><tr><th>machine</th><th>scope</th><th class="number">updates</th><th class="number">for</th></tr></thead><tbody>${sla.worst
    .slice(0, MOST_ROWS)
    .map(
      ({ machine, scope, overdue, since: from }) => html`<tr><td>${machine}</td><td>${scope}</td><td class="number">${number(overdue)}</td>${since(from)}</tr>`,
    )}</tbody></table></section></div>`;
}

function installs({ installs: { byStatus, byDay, failures }, days }: ComplianceReport): Html {
  const tried = Object.values(byStatus).reduce((sum, count) => sum + count, 0);
  const title = html`<h2>Installs ${periodOf(days)}</h2>`;
  if (tried === 0) return html`<section>${title}<p class="soft">Nothing was installed by this engine.</p></section>`;
  const looks = [
    { label: "succeeded", look: "good" },
    { label: "failed", look: "bad" },
    { label: "not tried or cancelled", look: "quiet" },
  ] as const;
  const chart = columns(
    byDay.map(({ day, succeeded, failed, other }) => ({
      label: day.slice(5),
      segments: [succeeded, failed, other].map((value, i) => ({ label: "", look: "quiet" as const, ...looks[i], value })),
    })),
    "updates installed each day",
  );
  const words = Object.entries(byStatus).map(([status, count]) => `${number(count)} ${status}`);
  const failed = failures.length === 0 ? "" : html`<p>Failed most often: ${failures.map(({ name, count }) => `${name} (${number(count)})`).join(", ")}</p>`;
  return html`<section>${title}${legend(looks)}${chart}<p class="soft">${words.join(", ")}</p>${failed}</section>`;
}

function trend({ trend, days }: ComplianceReport): Html {
  const title = (of: string) => html`<h2>${of} ${periodOf(days)}</h2>`;
  if (trend === null)
    return html`<section>${title("Trend")}<p class="soft">Figures of days are kept for scopes: there are none for this selector.</p></section>`;
  if (trend.length === 0) return html`<section>${title("Trend")}<p class="soft">No day was counted yet.</p></section>`;
  const counted = trend.map(({ day }) => day);
  const updates = [
    { label: "missing", look: "accent", values: trend.map(({ missing }) => missing) },
    { label: "security and critical", look: "warn", values: trend.map(({ security }) => security) },
    { label: "overdue", look: "bad", values: trend.map(({ overdue }) => overdue) },
  ] as const;
  const machines = STATES.map(({ state, label, look }) => ({ label, look, values: trend.map(({ byCompliance }) => byCompliance[state]) }));
  return html`<div class="pair"><section>${title("Machines")}${legend(machines)}${lines(machines, counted, "machines by compliance, day by day")}</section><section>${title("Missing updates")}${legend(updates)}${lines(updates, counted, "missing updates, day by day")}</section></div>`;
}

const share = (value: number | null): string => (value === null ? "–" : `${Math.floor(value * 1_000) / 10} %`);
const number = (value: number): string => value.toLocaleString("en-US").replaceAll(",", " ");
const periodOf = (days: number): string => (days === 1 ? "of today" : `of the last ${days} days`);
const dayOf = (at: string): string => at.slice(0, 10);
const daysBetween = (from: string, to: string): number => Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / DAY_MS));
