/**
 * What time it is where the engine runs: a viewer's clock may be wrong by hours. Taken from the `Date` of answers, which has whole seconds, so differences below two seconds are nobody's fault.
 */
export interface ServerTime {
  /** Unix milliseconds. */
  now(): number;
  /** An answer came with this header. @param sentAt the viewer's clock when it was asked for */
  note(dateHeader: string | null, sentAt: number): void;
  /** How far the viewer's clock is ahead of the engine's, milliseconds. */
  ahead(): number;
}

const TOLERATED_MS = 2_000;

export function createServerTime(clock: () => number): ServerTime {
  let ahead = 0;
  return {
    now: () => clock() - ahead,
    note(dateHeader, sentAt) {
      const at = Date.parse(dateHeader ?? "");
      if (Number.isNaN(at)) return;
      const received = clock();
      // Its second began somewhere between being asked and answering; the middle of both is as good as it gets.
      const difference = (sentAt + received) / 2 - (at + 500);
      ahead = Math.abs(difference) < TOLERATED_MS ? 0 : difference;
    },
    ahead: () => ahead,
  };
}
