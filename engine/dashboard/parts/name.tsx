import { cut } from "../model/words.ts";

/** Text that somebody else has chosen: a machine's name, a message. It stands apart from its neighbours, whatever direction it is written in, and is cut where it has no end. */
export function Name({ text, longest }: { text: string; longest?: number }) {
  const shown = cut(text, longest);
  return <bdi title={shown === text ? undefined : cut(text, 2_000)}>{shown}</bdi>;
}
