import type { BackupManifest } from "../protocol/backup.ts";

export const rowsIn = ({ counts }: BackupManifest): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Such as `12.5 MB`. */
export function sizeOf(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1_000)));
  return `${step === 0 ? bytes : (bytes / 1_000 ** step).toFixed(1)} ${units[step]}`;
}

/** What was done about a restore that had been cut off. */
export const finishedWords = ({ directory, movedTo }: { directory: string; movedTo: string | null }): string =>
  `A restore into ${directory} had been cut off before its last step, which was done now.${movedTo ? ` What was there before lies in ${movedTo}.` : ""}`;
