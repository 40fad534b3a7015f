import type { Preview } from "../../protocol/http/resources.ts";

type Item = Preview["items"][number];

const DST: Readonly<Record<Item["dst"], string>> = {
  none: "",
  shifted: "moved by the clock change",
  first: "the first of two: clocks go back",
  second: "the second of two: clocks go back",
  leftOut: "left out by the clock change",
};

/** An instant with its zone, such as `2026-03-29T03:30:00+02:00[Europe/Berlin]`, as an instant and as wall time. */
export const instantOf = (at: string): string => at.replace(/\[.*\]$/, "");
export const wallTime = (at: string): string => at.slice(0, 16).replace("T", " ");

/** What is out of the ordinary about a coming occurrence; each in words, with how grave it is. */
export function comingNotes({ dst, frozen, clashes, planned }: Item): { says: string; tone: "warn" | "quiet" }[] {
  return [
    ...(dst === "none"
      ? []
      : [{ says: `${DST[dst] ?? dst}${dst === "shifted" || dst === "leftOut" ? `, named for ${wallTime(planned).slice(11)}` : ""}`, tone: "warn" as const }]),
    ...(frozen === null ? [] : [{ says: `held back by a freeze: ${frozen}`, tone: "warn" as const }]),
    ...(clashes.length === 0 ? [] : [{ says: `in the same minute: ${clashes.join(", ")}`, tone: "quiet" as const }]),
  ];
}
