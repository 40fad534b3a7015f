/**
 * How far lists were scrolled, so that the way back leads to where one was. It is kept by the step of the history, as another way to the same list begins at its top, and by what it is a list of, as a search changes that
 * within a step. A page that is loaded anew has forgotten it.
 */
const places = new Map<string, number>();

/** Older browsers don't tell their steps; lists begin at their top there. */
function keyOf(list: string): string | undefined {
  const step = window.navigation?.currentEntry?.key;
  return step === undefined ? undefined : `${step} ${list}`;
}

export function keepScrollPlace(list: string, top: number): void {
  const key = keyOf(list);
  if (key !== undefined) places.set(key, top);
}

export const scrollPlace = (list: string): number => places.get(keyOf(list) ?? "") ?? 0;
