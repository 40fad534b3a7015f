/** `"500ms"`, `"30s"`, `"15m"`, `"1h30m"`, `"7d"`, or a number of milliseconds. */
export type Duration = number | string;
