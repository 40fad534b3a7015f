/** What would move the cursor, hide text, turn its direction or begin a line unseen: others choose what is shown, not how. */
const UNSAFE = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

export const clean = (text: string): string => text.replaceAll("\r\n", "\n").replace(UNSAFE, "\ufffd");
/** Of what has one line to itself. */
export const cleanLine = (text: string): string => clean(text).replaceAll("\n", " ");
