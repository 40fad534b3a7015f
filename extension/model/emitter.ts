/** Tells listeners; VS Code's own needs VS Code. */
export interface Emitter<Value> {
  on(listener: (value: Value) => void): () => void;
  fire(value: Value): void;
}

export function createEmitter<Value = void>(): Emitter<Value> {
  const listeners = new Set<(value: Value) => void>();
  return {
    on(listener) {
      // Each registration counts for itself, also of a function that is there already.
      const own = (value: Value) => listener(value);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    fire(value) {
      for (const listener of [...listeners]) listener(value);
    },
  };
}
