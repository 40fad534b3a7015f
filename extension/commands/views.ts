import type { Row } from "../model/row.ts";
import type { ViewId } from "../model/view-list.ts";
import type { CommandParts, Run } from "./parts.ts";

/** @param given the view; without it all of them */
export const refresh: Run = async (parts, given) => {
  const { trees, session } = parts;
  const state = session.state().kind;
  if (state === "lost" || state === "refused") await session.restart();
  const wanted = typeof given === "string" && isView(given, parts) ? [trees[given]] : Object.values(trees);
  await Promise.all(wanted.map(({ tree }) => tree.refresh()));
};

/** @param view its id @param parent row below which more is wanted; undefined: the root */
export const loadMore: Run = async (parts, view, parent) => {
  if (typeof view === "string" && isView(view, parts)) await parts.trees[view].tree.readMore(parent as Row | undefined);
};

const isView = (id: string, { trees }: CommandParts): id is ViewId => Object.hasOwn(trees, id);
