/**
 * Works on the items in their order, so many at a time.
 * @param work returns false when no other one is to be begun; those that were are let finish
 */
export async function inParallel<Item>(items: readonly Item[], atOnce: number, work: (item: Item) => Promise<boolean>): Promise<void> {
  let next = 0;
  let goesOn = true;
  const worker = async () => {
    for (let item = items[next++]; goesOn && item !== undefined; item = items[next++]) if (!(await work(item))) goesOn = false;
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
