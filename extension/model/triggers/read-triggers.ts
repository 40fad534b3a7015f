import { isRunwrightError } from "../../../engine/core/errors.ts";
import { notesOf, TRIGGER_KINDS, type Triggering, type TriggerKind, type TriggerNote } from "../../../engine/core/trigger-note.ts";
import type { Client } from "../client/client.ts";

/** What starts each runbook by itself. */
export interface Triggers {
  of(runbook: string): readonly TriggerNote[];
  /** What couldn't be looked at, for people. */
  gaps: readonly string[];
}

/** Of each kind; whoever has more is told that there are. */
const MOST = 2_000;
const SHAPE = { name: "string", scope: "string", spec: "object", state: "object" } as const;

/** Looks at all that can start runbooks. What the person may not see, or the engine doesn't tell, is a gap. @throws the signal's reason, and when the engine can't be reached */
export async function readTriggers({ page }: Pick<Client, "page">, signal?: AbortSignal): Promise<Triggers> {
  const found = new Map<string, TriggerNote[]>();
  const gaps: string[] = [];

  async function read(kind: TriggerKind): Promise<void> {
    const { noun, word } = TRIGGER_KINDS[kind];
    const door = { path: `/api/v1/${noun}`, what: word, shape: SHAPE };
    let seen = 0;
    let cursor: string | undefined;
    do {
      const answer = await page<Triggering>(door, { limit: 500, cursor, signal });
      for (const one of answer.items) for (const [runbook, note] of notesOf(kind, one)) found.set(runbook, [...(found.get(runbook) ?? []), note]);
      seen += answer.items.length;
      cursor = answer.next ?? undefined;
    } while (cursor !== undefined && seen < MOST);
    if (cursor !== undefined) gaps.push(`only the first ${seen} ${word}s were looked at`);
  }

  await Promise.all(
    (Object.keys(TRIGGER_KINDS) as TriggerKind[]).map(async (kind) => {
      try {
        await read(kind);
      } catch (error) {
        const isNotForUs = isRunwrightError(error, "PERMISSION_DENIED") || isRunwrightError(error, "NOT_FOUND");
        if (!isNotForUs) throw error;
        gaps.push(`you can't see ${TRIGGER_KINDS[kind].word}s`);
      }
    }),
  );
  const order = Object.keys(TRIGGER_KINDS);
  const sorted = (notes: readonly TriggerNote[]) => notes.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
  return { of: (runbook) => sorted(found.get(runbook) ?? []), gaps };
}
