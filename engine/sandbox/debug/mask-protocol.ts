import type { Masker } from "../../core/masking.ts";
import { withholdElements } from "./withhold-elements.ts";

/** V8 cuts long texts in previews, and puts this in the place of what it leaves out. */
const CUT = "…";
/** What it has cut is no longer than that, in characters; what is longer is whole, whatever it contains. Looking at each end takes long. */
const LONGEST_CUT = 200;

/** What comes as a whole from the guest: there its own members may have any name. */
const FROM_GUEST = new Set(["value", "deepSerializedValue"]);
/** Ids and words of the protocol: masking one would break the debugger, and none holds a value of the guest's. */
const STRUCTURAL = new Set(["method", "id", "scriptId", "objectId", "callFrameId", "breakpointId", "type", "subtype", "sourceMapURL", "hash", "uniqueId"]);

/**
 * What the inspector says, without the secrets that the job has read: in values, previews, descriptions, names of properties, texts of exceptions. A text that V8 has cut
 * in the middle of a secret loses the rest of it, too, and bytes aren't shown at all.
 */
export function maskProtocol(message: string, masker: Masker): string {
  if (masker.isEmpty()) return message;
  const parsed: unknown = JSON.parse(message);
  return JSON.stringify(masked(parsed, masker));
}

function masked(value: unknown, masker: Masker, isGuest = false): unknown {
  if (typeof value === "string") return value.length <= LONGEST_CUT && value.includes(CUT) ? masker.maskCut(value, CUT) : masker.mask(value);
  if (typeof value === "number") return isGuest ? masker.maskJson<unknown>(value) : value;
  if (Array.isArray(value)) return value.map((one) => masked(one, masker, isGuest));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(withholdElements({ ...value })).map(([key, member]) => {
      const isWord = !isGuest && STRUCTURAL.has(key) && typeof member === "string";
      return [masker.mask(key), isWord ? member : masked(member, masker, isGuest || FROM_GUEST.has(key))];
    }),
  );
}
