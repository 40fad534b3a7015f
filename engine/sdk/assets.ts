import type { Json } from "../core/json.ts";

/** Secrets that the runbook declared. Their values are masked in everything that the job writes. */
export interface Secrets<Name extends string = string> {
  /**
   * Reads a secret. The job goes on with the version that it read first, even when the secret is changed meanwhile.
   * @throws an error with code ASSET_NOT_FOUND when it doesn't exist in the job's scope
   */
  get(name: Name): Promise<string>;
}

/** Variables that the runbook declared. */
export interface Variables<Name extends string = string, Settable extends string = string> {
  /**
   * Reads a variable.
   * @throws an error with code ASSET_NOT_FOUND when it doesn't exist in the job's scope
   */
  get<Value = Json>(name: Name): Promise<Value>;
  /**
   * Sets a variable in the scope in which the runbook lies; jobs there and below read it. It must not hold a secret that the job has read.
   * @throws an error with code TOO_LARGE above 1 MiB
   */
  set(name: Settable, value: Json): Promise<void>;
}
