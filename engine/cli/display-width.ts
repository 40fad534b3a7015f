/** Letters that take two columns: those of East Asia, and pictures. Close to what terminals do; they don't agree on all of it. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
/** Accents and joiners stand on the letter before them. */
const NONE = /\p{Mn}|\p{Me}|\p{Cf}/u;

const columnsOf = (letter: string): number => (NONE.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1);

/** How many columns of a terminal a text takes. */
export const displayWidth = (text: string): number => [...text].reduce((sum, letter) => sum + columnsOf(letter), 0);

/** As much of a text as fits in so many columns. */
export function fitted(text: string, columns: number): string {
  let left = columns;
  let shown = "";
  for (const letter of text) {
    left -= columnsOf(letter);
    if (left < 0) return shown;
    shown += letter;
  }
  return shown;
}

/** Filled up with spaces; what is wider stays as it is. */
export const padded = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - displayWidth(text)));
