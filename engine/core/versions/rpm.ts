/** A version as rpm writes it: `epoch:version-release`. */
export interface RpmVersion {
  /** Zero where none is written. */
  epoch: number;
  version: string;
  /** Empty where none is written. */
  release: string;
}

/** `[epoch:]version[-release]`, an epoch being a 32-bit number; whatever doesn't look so is a version without epoch and release. */
export function parseRpmVersion(text: string): RpmVersion {
  const [, epoch = "0"] = /^(\d{1,10}):/.exec(text) ?? [];
  const rest = text.replace(/^\d{1,10}:/, "");
  const dash = rest.lastIndexOf("-");
  return dash < 0
    ? { epoch: Number(epoch), version: rest, release: "" }
    : { epoch: Number(epoch), version: rest.slice(0, dash), release: rest.slice(dash + 1) };
}

/** As rpm and its front ends print it: an epoch of zero is left out. */
export const formatRpmVersion = ({ epoch, version, release }: RpmVersion): string =>
  `${epoch === 0 ? "" : `${epoch}:`}${version}${release === "" ? "" : `-${release}`}`;

/**
 * Compares versions as rpm does (rpm-version(7)): epoch, version, release.
 * @returns negative, zero or positive
 */
export function compareRpmVersions(a: string, b: string): number {
  const left = parseRpmVersion(a);
  const right = parseRpmVersion(b);
  const present = Number(left.release !== "") - Number(right.release !== ""); // any release comes after none
  return left.epoch - right.epoch || compareSegments(left.version, right.version) || present || compareSegments(left.release, right.release);
}

/** The next thing that counts in a version: a run of digits or of letters, a `~`, a `^`, or the end. All other characters only separate. */
type Segment = { kind: "end" | "tilde" | "caret" } | { kind: "digits" | "letters"; text: string };

function* segmentsOf(version: string): Generator<Segment, never> {
  for (const [text] of version.matchAll(/\d+|[A-Za-z]+|[~^]/g)) {
    if (text === "~") yield { kind: "tilde" };
    else if (text === "^") yield { kind: "caret" };
    else yield { kind: text >= "0" && text < ":" ? "digits" : "letters", text };
  }
  while (true) yield { kind: "end" };
}

/** `1.0~rc1` comes before `1.0`, which comes before `1.0^git1`, which comes before `1.0.1`; letters come before digits. */
const ORDER: Record<Segment["kind"], number> = { tilde: 0, end: 1, caret: 2, letters: 3, digits: 4 };

function compareSegments(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [segmentsOf(a), segmentsOf(b)];
  while (true) {
    const { value: x } = left.next();
    const { value: y } = right.next();
    const difference = ORDER[x.kind] - ORDER[y.kind];
    if (difference !== 0) return difference;
    if (x.kind === "end") return 0;
    if ("text" in x && "text" in y) {
      const inside = x.kind === "digits" ? compareNumbers(x.text, y.text) : compareText(x.text, y.text);
      if (inside !== 0) return inside;
    }
  }
}

/** Numbers of any length. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, "");
  const right = b.replace(/^0+/, "");
  return left.length - right.length || compareText(left, right);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
