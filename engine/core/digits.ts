/** Numbers one after the other in a text: five bits a character, and one bit that says whether more follow. Both databases take it as it is, and read it fast. */

/** The first of 64 characters without quotes and spaces, `0` to `o`. */
const FIRST = 48;
const MORE = 32;

export interface Digits {
  /** @param value a whole number from 0 to 2⁵³ */
  put(value: number): void;
  text(): string;
}

export function digits(): Digits {
  let text = "";
  return {
    put(value) {
      let rest = value;
      for (; rest >= MORE; rest = Math.floor(rest / MORE)) text += String.fromCharCode(FIRST + MORE + (rest % MORE));
      text += String.fromCharCode(FIRST + rest);
    },
    text: () => text,
  };
}

/** Reads one text after the other. Behind the end of a text there are zeros. */
export function createDigitReader() {
  let text = "";
  let at = 0;
  return {
    begin(next: string): void {
      text = next;
      at = 0;
    },
    take(): number {
      let value = 0;
      for (let weight = 1; at < text.length; weight *= MORE) {
        const digit = text.charCodeAt(at++) - FIRST;
        if (digit < MORE) return value + digit * weight;
        value += (digit - MORE) * weight;
      }
      return value;
    },
  };
}
