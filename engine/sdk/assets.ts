import type { Json } from "../core/json.ts";
import type { KnownConnection, KnownVariable } from "./known.ts";

/** Secrets that the runbook declared. Their values are masked in everything that the job writes. */
export interface Secrets<Name extends string = string> {
  /**
   * Reads a secret. The job goes on with the version that it read first, even when the secret is changed meanwhile.
   * @throws an error with code ASSET_NOT_FOUND when it doesn't exist in the job's scope
   */
  get(name: Name): Promise<string>;
}

export interface Credential {
  readonly user: string;
  /** Masked in everything that the job writes. */
  readonly password: string;
}

/** Credentials that the runbook declared. */
export interface Credentials<Name extends string = string> {
  /**
   * Reads a user and a password. The job goes on with the version that it read first.
   * @throws an error with code ASSET_NOT_FOUND when it doesn't exist in the job's scope
   */
  get(name: Name): Promise<Credential>;
}

export interface Certificate {
  /** PEM: the certificate, then those that issued it. */
  readonly certificate: string;
  /** PEM, masked in everything that the job writes; null: none was given. */
  readonly key: string | null;
  /** Such as `CN=www.example.com, O=Example`. */
  readonly subject: string;
  /** When it expires, Unix milliseconds. */
  readonly notAfter: number;
}

/** Certificates that the runbook declared. */
export interface Certificates<Name extends string = string> {
  /**
   * Reads a certificate with its key. The job goes on with the version that it read first.
   * @throws an error with code ASSET_NOT_FOUND when it doesn't exist in the job's scope
   */
  get(name: Name): Promise<Certificate>;
}

/** Connections that the runbook declared. */
export interface Connections<Name extends string = string> {
  /**
   * Reads a connection: an object that fits its schema. What the schema calls secret is masked in everything that the job writes. The job goes on with the version
   * that it read first.
   * @throws an error with code ASSET_NOT_FOUND when it doesn't exist in the job's scope
   */
  get<Value = never, Key extends Name = Name>(name: Key): Promise<[Value] extends [never] ? KnownConnection<Key> : Value>;
}

/** Variables that the runbook declared. The values of encrypted ones are masked in everything that the job writes. */
export interface Variables<Name extends string = string, Settable extends string = string> {
  /**
   * Reads a variable.
   * @throws an error with code ASSET_NOT_FOUND when it doesn't exist in the job's scope
   */
  get<Value = never, Key extends Name = Name>(name: Key): Promise<[Value] extends [never] ? KnownVariable<Key> : Value>;
  /**
   * Sets a variable in the scope in which the runbook lies; jobs there and below read it. It must not hold a secret that the job has read.
   * @throws an error with code TOO_LARGE above 1 MiB, CONFLICT when the variable has another type
   */
  set(name: Settable, value: Json): Promise<void>;
}
