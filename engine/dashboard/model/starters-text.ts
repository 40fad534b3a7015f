import { TRIGGER_KINDS } from "../../core/trigger-note.ts";
import type { ListedRunbook } from "../../protocol/http/runbooks.ts";
import { counted } from "./words.ts";

/** `schedule nightly, 3 webhooks`. */
export const startersText = (starters: ListedRunbook["starters"]): string =>
  starters
    .map(({ kind, count, first }) => {
      const word = (kind in TRIGGER_KINDS ? TRIGGER_KINDS[kind as keyof typeof TRIGGER_KINDS].word : kind).replace("maintenance window", "window");
      return count === 1 ? `${word} ${first}` : counted(count, word);
    })
    .join(", ");
