interface Node<Entry> {
  text: string;
  entry: Entry;
  /** The longest other text that this one begins with. */
  within: Node<Entry> | null;
}

/** Texts by how they begin: finds the longest one that stands at a place of another text. */
export interface PrefixIndex<Entry> {
  readonly size: number;
  /** @param text at least `least` characters; the first entry of a text stays */
  add(text: string, entry: Entry): void;
  get(text: string): Entry | undefined;
  longestAt(text: string, at: number): { text: string; entry: Entry } | undefined;
}

/**
 * Most places are passed over by their first character, most others by their first `least` ones. Of texts that begin alike the time grows with the logarithm of
 * their number: whoever chooses them can't make each place a search.
 */
export function createPrefixIndex<Entry>(least: number): PrefixIndex<Entry> {
  const nodes = new Map<string, Node<Entry>>();
  const byStart = new Map<string, { sorted: boolean; nodes: Node<Entry>[] }>();
  /** Made with the first text: most of these stay empty, and each job has one. */
  let starts: Uint8Array | undefined;

  function sortedAt(start: string): readonly Node<Entry>[] | undefined {
    const group = byStart.get(start);
    if (group && !group.sorted) {
      group.nodes.sort((a, b) => (a.text < b.text ? -1 : 1));
      const open: Node<Entry>[] = [];
      for (const node of group.nodes) {
        while (open.length > 0 && !node.text.startsWith(open.at(-1)?.text ?? "")) open.pop();
        node.within = open.at(-1) ?? null;
        open.push(node);
      }
      group.sorted = true;
    }
    return group?.nodes;
  }

  return {
    get size() {
      return nodes.size;
    },
    add(text, entry) {
      if (nodes.has(text)) return;
      const node = { text, entry, within: null };
      nodes.set(text, node);
      const start = text.slice(0, least);
      const group = byStart.get(start) ?? { sorted: false, nodes: [] };
      group.nodes.push(node);
      group.sorted = false;
      byStart.set(start, group);
      starts ??= new Uint8Array(0x10000);
      starts[text.charCodeAt(0)] = 1;
    },
    get: (text) => nodes.get(text)?.entry,
    longestAt(text, at) {
      if (starts?.[text.charCodeAt(at)] !== 1) return undefined;
      const group = sortedAt(text.slice(at, at + least));
      if (group === undefined) return undefined;
      // The last one that isn't greater than what stands here begins with every text that stands here.
      let low = 0;
      for (let high = group.length; low < high; ) {
        const middle = (low + high) >>> 1;
        const other = group[middle]?.text ?? "";
        if (other <= text.slice(at, at + other.length)) low = middle + 1;
        else high = middle;
      }
      const last = group[low - 1];
      if (last === undefined) return undefined;
      const common = commonLength(last.text, text, at);
      let found: Node<Entry> | null = last;
      while (found !== null && found.text.length > common) found = found.within;
      return found ?? undefined;
    },
  };
}

function commonLength(one: string, text: string, at: number): number {
  let length = 0;
  while (length < one.length && one.charCodeAt(length) === text.charCodeAt(at + length)) length++;
  return length;
}
