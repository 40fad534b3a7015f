// Simulated machines in a process of their own, so that what they cost isn't counted as the engine's.
import { systemClock } from "../../../engine/clock.ts";
import { joinFleet, type SimulatedFleet } from "../../../engine/simulator/fleet.ts";
import type { Asked, SimulatorWork } from "./simulator.ts";

let fleet: SimulatedFleet | undefined;
const running = (): SimulatedFleet => {
  if (!fleet) throw new Error("no fleet has joined");
  return fleet;
};

const WORK: SimulatorWork = {
  async join(parts) {
    fleet = await joinFleet({ ...parts, clock: systemClock, signal: new AbortController().signal });
  },
  connect: ({ spreadMs }) => running().connect(spreadMs),
  figures: async () => ({ ...running().figures.now(), unheard: running().agents.filter((agent) => agent.taken() === 0).length }),
  forget: async () => running().figures.forgetAdmissions(),
  async report({ machines, times }) {
    for (let n = 0; n < times; n++)
      await Promise.all(
        running()
          .agents.slice(0, machines)
          .map((agent) => agent.report()),
      );
  },
  taken: async () => running().agents.map((agent) => [agent.machineId, agent.taken()]),
  async stop() {
    await fleet?.stop();
    // The answer goes first.
    setImmediate(() => process.disconnect?.());
  },
};

process.on("message", ({ id, work, parts }: Asked) => {
  const done: Promise<unknown> = WORK[work](parts as never);
  done.then(
    (answer) => process.send?.({ id, answer }),
    (error) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
