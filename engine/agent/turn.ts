/** Lets one at a time do something, in the order in which they came. */
export interface Turn {
  /**
   * Resolves when it is one's turn; disposing gives it on.
   * @param signal who has waited until it fires leaves: the turn goes on to the next one when it comes @throws the signal's reason
   */
  take(signal?: AbortSignal): Promise<Disposable>;
}

export function createTurn(): Turn {
  let last: Promise<void> = Promise.resolve();
  return {
    take(signal) {
      const before = last;
      const own = Promise.withResolvers<void>();
      last = own.promise;
      const turn = { [Symbol.dispose]: () => own.resolve() };
      return new Promise((resolve, reject) => {
        const leave = () => {
          void before.then(own.resolve);
          reject(signal?.reason);
        };
        if (signal?.aborted) return leave();
        signal?.addEventListener("abort", leave, { once: true });
        void before.then(() => {
          signal?.removeEventListener("abort", leave);
          if (!signal?.aborted) resolve(turn);
        });
      });
    },
  };
}
