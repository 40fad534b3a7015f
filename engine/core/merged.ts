/** Items of ascending sources in one ascending order, as they are asked for: of a thousand sources nothing is computed that nobody reads. */
export function* merged<Item>(sources: Iterable<Iterable<Item>>, at: (item: Item) => number): Generator<Item> {
  const heads: { walk: Iterator<Item>; item: Item; at: number }[] = [];
  for (const source of sources) {
    const walk = source[Symbol.iterator]();
    const first = walk.next();
    if (!first.done) heads.push({ walk, item: first.value, at: at(first.value) });
  }
  while (heads.length > 0) {
    let least = 0;
    for (let i = 1; i < heads.length; i++) if ((heads[i]?.at ?? 0) < (heads[least]?.at ?? 0)) least = i;
    const head = heads[least];
    if (!head) return;
    yield head.item;
    const next = head.walk.next();
    if (next.done) heads.splice(least, 1);
    else heads[least] = { walk: head.walk, item: next.value, at: at(next.value) };
  }
}
