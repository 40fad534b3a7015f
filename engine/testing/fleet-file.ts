import { pathToFileURL } from "node:url";
import { RunwrightError } from "../core/errors.ts";
import type { TestWorld } from "./typed-world.ts";

/** Members of a world, and whether a file may give them: time goes on by itself in it. */
const MEMBERS: Readonly<Record<keyof TestWorld, boolean>> = {
  ...{ machines: true, http: true, jobs: true, approvals: true, events: true, engine: true, deployment: true },
  ...{ secrets: true, credentials: true, certificates: true, connections: true, variables: true, connectionSchemas: true, encrypted: true },
  ...{ params: true, now: true, seed: true, dry: true, permissions: true, interrupted: true },
  ...{ clock: false, patience: false, signal: false },
};

/**
 * The fake fleet that a file describes: its default export is a world as tests give it, so that tests can import it. It is a program of the author's, and runs in this process.
 * @param path of a module, such as `restart.fleet.ts`
 * @throws CHECK_FAILED when it can't be loaded, or exports something else
 */
export async function readFleet(path: string): Promise<TestWorld> {
  // `runwright` and all below it are this engine's own there, as in tests.
  await import("../authoring/test-resolve.ts");
  const module: unknown = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw new RunwrightError("CHECK_FAILED", `${path} can't be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  const world: unknown = Object(module).default;
  if (!isObject(world))
    throw new RunwrightError("CHECK_FAILED", `${path} has no fake fleet: its default export is an object such as { machines: [{ name: "web-1" }] }`);
  const unknown = Object.keys(world).find((name) => !Object.hasOwn(MEMBERS, name) || !MEMBERS[name as keyof TestWorld]);
  if (unknown !== undefined) throw new RunwrightError("CHECK_FAILED", `${path}: a fake fleet has no "${unknown}"; it has ${takenMembers().join(", ")}`);
  // What its members hold is looked at by those that use them, as in tests.
  return world;
}

const isObject = (value: unknown): value is TestWorld => typeof value === "object" && value !== null && !Array.isArray(value);
const takenMembers = () => Object.entries(MEMBERS).flatMap(([name, isTaken]) => (isTaken ? [name] : []));
