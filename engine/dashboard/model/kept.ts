/** What this browser keeps for the next time. It may be kept from doing so, and then keeps nothing. */
export interface Kept {
  read(key: string): unknown;
  write(key: string, value: unknown): void;
}

/** A browser's storage; asking for it may throw. */
interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
}

export function createKept(storage: () => TextStorage): Kept {
  return {
    read(key) {
      try {
        return JSON.parse(storage().getItem(key) ?? "null");
      } catch {
        return null; // forbidden, or something else has written there
      }
    },
    write(key, value) {
      try {
        storage().setItem(key, JSON.stringify(value));
      } catch {
        // Forbidden or full: the form begins empty the next time.
      }
    },
  };
}
