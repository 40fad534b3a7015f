import type { Branch } from "./branch.ts";
import { createEmitter } from "./emitter.ts";
import type { Row } from "./row.ts";

/** A tree view, without VS Code. */
export interface Tree {
  /** Of the root without a row. Never rejects: what went wrong is in `message`. */
  rows(parent?: Row): Promise<readonly Row[]>;
  /** Reads again what is shown. */
  refresh(): Promise<void>;
  readMore(parent: Row | undefined): Promise<void>;
  /** Everything is about another engine now. */
  reset(): void;
  /** Shows what models have changed by themselves. */
  changed(): void;
  on(listener: () => void): () => void;
  /** Over the rows; undefined: all is well. */
  message(): string | undefined;
}

export interface TreeParts {
  /** Made anew for each engine. */
  root(): Branch;
  branchOf?(row: Row): Branch | undefined;
  /** Over the rows while all is well, such as a filter. */
  note?(): string | undefined;
}

/** Of the row that reads on; its subject is the row below which it stands. */
export const MORE = "more";

export function createTree({ root: makeRoot, branchOf, note }: TreeParts): Tree {
  const changes = createEmitter();
  let root = makeRoot();
  let branches = new Map<string, Branch>();
  /** Those that are read again when somebody looks at them next. */
  let stale = new Set<Branch>();
  let problem: string | undefined;
  /** VS Code may ask for the same rows several times before the first answer is there. */
  const reading = new Map<Branch, Promise<void>>();

  function readOnce(branch: Branch): Promise<void> {
    const known = reading.get(branch);
    if (known) return known;
    const made = attempt(() => branch.read()).finally(() => reading.delete(branch));
    reading.set(branch, made);
    return made;
  }

  async function attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      problem = undefined;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }

  function find(parent: Row | undefined): Branch | undefined {
    if (parent === undefined) return root;
    const known = branches.get(parent.id) ?? branchOf?.(parent);
    if (known) branches.set(parent.id, known);
    return known;
  }

  return {
    async rows(parent) {
      const branch = find(parent);
      if (!branch) return [];
      if (stale.delete(branch) || !branch.isRead()) await readOnce(branch);
      return branch.hasMore() ? [...branch.rows(), moreRow(parent)] : branch.rows();
    },
    async refresh() {
      const own = root;
      const before = shown(own);
      const problemBefore = problem;
      await readOnce(own);
      if (own !== root) return;
      const hadBranches = branches.size > 0;
      // Those that are open are asked for again, and only those.
      branches = new Map([...branches].filter(([, branch]) => branch.isPaged));
      stale = new Set(branches.values());
      if (hadBranches || problem !== problemBefore || shown(own) !== before) changes.fire();
    },
    async readMore(parent) {
      const branch = find(parent);
      if (branch) await attempt(() => branch.readMore());
      changes.fire();
    },
    reset() {
      root = makeRoot();
      branches = new Map();
      stale = new Set();
      problem = undefined;
      changes.fire();
    },
    changed: () => changes.fire(),
    on: changes.on,
    message: () => problem ?? note?.(),
  };
}

const shown = (branch: Branch): string => JSON.stringify([branch.isRead(), branch.hasMore(), branch.rows()]);

const moreRow = (parent: Row | undefined): Row => ({
  id: `${parent?.id ?? ""} ${MORE}`,
  label: "Load more",
  icon: { name: "ellipsis" },
  is: [MORE],
  subject: parent,
});
