import type { Static, TObject, TProperties } from "typebox";
import type { Json } from "../core/json.ts";
import type { DeclaredPermissions } from "../sdk/known.ts";
import type { Runbook } from "../sdk/runbook.ts";
import type { FakeClock } from "../sdk/testing/clock.ts";
import type { FakeCertificate } from "../sdk/testing/fake-assets.ts";
import type { FakeJobs } from "../sdk/testing/fake-jobs.ts";
import type { Moment } from "../sdk/testing/moment.ts";
import type { Surroundings } from "./world.ts";

/** The world in which a runbook is tested; nothing of it is real, and what isn't given doesn't exist. */
export interface TestWorld extends Surroundings {
  params?: Record<string, unknown>;
  /** Time in it; without one the job has its own, which goes on by itself whenever the job does nothing but wait. */
  clock?: FakeClock;
  /** Job time at the start, where no clock is given; default 2026-01-01T00:00:00Z. */
  now?: Moment;
  /** Hex, 64 digits: `Math.random` and `crypto` draw from it; default all zeros, so that a test repeats itself. */
  seed?: string;
  /** Writes are recorded, not done. */
  dry?: boolean;
  /** `observe`: calls that the runbook didn't declare go on, and are told in `permissions.undeclaredUse`; default `declared`: they end the job, as on an engine. */
  permissions?: "declared" | "observe";
  /** Whenever it waits, the job is interrupted as by a crash of the engine, and goes on from its journal: whoever doesn't repeat itself fails with `nondeterminism`. */
  interrupted?: boolean;
  /** Of a started job: how long, in real time, nobody may move its clock or act while it waits; default 10s. A test that forgets to fails within its own limit, and says why. */
  patience?: string | number;
  /** Stops the job. */
  signal?: AbortSignal;
}

/** `typeof import("./my-runbook.ts")`, or `unknown`. */
export type RunbookModule = { default: Runbook } | unknown;

type Declared<Granted, Key extends string, Value> = Granted extends { readonly [One in Key]: readonly (infer Name extends string)[] }
  ? { readonly [One in Name]?: Value }
  : { readonly [name: string]: never };

/** What can be given to one runbook: its own parameters, and assets that it declares. */
interface Own<Properties extends TProperties, Granted extends DeclaredPermissions> {
  params?: Partial<Static<TObject<Properties>>>;
  secrets?: Declared<Granted, "secrets", string>;
  credentials?: Declared<Granted, "credentials", { user: string; password: string }>;
  certificates?: Declared<Granted, "certificates", FakeCertificate>;
  connections?: Declared<Granted, "connections", Readonly<Record<string, Json>>>;
  variables?: Granted extends { readonly variables: readonly string[] } ? Declared<Granted, "variables", Json> : Declared<Granted, "setVariables", Json>;
  jobs?: Declared<Granted, "jobs", FakeJobs[string]>;
}

/** The world of one runbook: what is misspelt, or given without being declared, is an error of types. */
export type WorldOf<Module> = Module extends { default: Runbook<infer Properties, infer Granted> }
  ? Omit<TestWorld, keyof Own<TProperties, DeclaredPermissions>> & Own<Properties, Granted>
  : TestWorld;
