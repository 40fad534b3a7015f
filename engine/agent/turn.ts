/** Lets one at a time do something, in the order in which they came. */
export interface Turn {
  /** Resolves when it is one's turn; disposing gives it on. */
  take(): Promise<Disposable>;
}

export function createTurn(): Turn {
  let last: Promise<void> = Promise.resolve();
  return {
    async take() {
      const before = last;
      const own = Promise.withResolvers<void>();
      last = own.promise;
      await before;
      return { [Symbol.dispose]: () => own.resolve() };
    },
  };
}
