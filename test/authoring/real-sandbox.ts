import { systemClock } from "../../engine/clock.ts";
import type { SandboxPorts } from "../../engine/sandbox/ports.ts";
import { createSandbox, type RunningSandbox } from "../../engine/sandbox/sandbox.ts";

/** Bundles are loaded without any capability: no port is ever asked. */
const NO_PORTS = {} as SandboxPorts;

/** A sandbox with one runner, for loading bundles; whoever makes it stops it. */
export function loadingSandbox(): RunningSandbox {
  const log = { info() {}, warn() {}, error() {} };
  return createSandbox({ clock: systemClock, log, ports: NO_PORTS, http: { allowedPrivateHosts: [] }, runners: 1 });
}
