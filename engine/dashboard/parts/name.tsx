import { clean } from "../../core/clean-text.ts";
import { cut } from "../model/words.ts";

/**
 * Text that somebody else has chosen: a machine's name, a message. It stands apart from its neighbours, whatever direction it is written in, and is cut where it has no end. What would turn the direction of what
 * follows is shown as such: a browser lets an isolate that such a text opens run on beyond its element.
 */
export function Name({ text, longest }: { text: string; longest?: number }) {
  const shown = cut(text, longest);
  return <bdi title={shown === text ? undefined : clean(cut(text, 2_000))}>{clean(shown)}</bdi>;
}
