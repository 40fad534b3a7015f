/** A log of the engine itself; a pino logger fits. */
export interface Log {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
