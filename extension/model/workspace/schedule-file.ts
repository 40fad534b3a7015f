/** A schedule to change: each night at half past two of the zone. It does nothing before it is applied. */
export const scheduleText = ({ runbook, timeZone }: { runbook: string; timeZone: string }): string => `kind: Schedule
name: ${runbook}-nightly
cron: 30 2 * * *
timeZone: ${timeZone}
runs:
  - runbook: ${runbook}
`;

export const scheduleFile = (runbook: string): string => `${runbook}.schedule.yaml`;
