/** What the command that runs tests says to their processes. Without it: tests run under any runner, and only compare. */
export interface TestSettings {
  /** Golden files are written anew. */
  update?: boolean;
  /** A folder to which each process writes where its runbooks have been. */
  coverage?: string;
  /** Each job waits for a debugger, at an address that is told on standard error. */
  inspect?: boolean;
}

const KEY = Symbol.for("runwright.test.settings");

/** Set by a module that is loaded before the tests. */
export const settings = (): TestSettings => (globalThis as { [KEY]?: TestSettings })[KEY] ?? {};
export const useSettings = (given: TestSettings): void => {
  (globalThis as { [KEY]?: TestSettings })[KEY] = given;
};
