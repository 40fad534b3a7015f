import type { Rig } from "./rig.ts";

/** A runbook that enters a room and leaves it again; which room, its parameter says. */
export const VISIT = "async ({ variables, sleep }) => { await variables.get('enter'); await sleep(5); await variables.get('leave'); }";
export const VISITS = 'permissions: { variables: ["enter", "leave"] },';

/** Counts how many jobs are in the room at once, over all engines that are given: what they do, not what is written down of it. */
export function watchRoom(...engines: Rig[]) {
  const room = { inside: 0, most: 0, visits: 0 };
  for (const engine of engines) {
    engine.variables.get = (name: string) => {
      room.inside += name === "enter" ? 1 : -1;
      room.most = Math.max(room.most, room.inside);
      if (name === "enter") room.visits++;
      return true;
    };
  }
  return room;
}
