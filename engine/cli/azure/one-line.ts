import { clean } from "../terminal.ts";

/** Nothing that Azure says may end a comment, or do something to a terminal. */
export const oneLine = (text: string): string =>
  clean(text)
    .replaceAll(/[\s\u0085\ufffd\u2028\u2029]+/g, " ")
    .trim();
