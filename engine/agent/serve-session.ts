import type { Facts } from "../core/machine.ts";
import type { Commands } from "./commands.ts";
import { watchFacts } from "./facts-watch.ts";
import type { Session } from "./handshake.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { PackageFetch } from "./package-fetch.ts";
import type { Reporter } from "./reporter.ts";
import type { SelfUpdate } from "./self-update.ts";

/** What of the agent a connection needs. */
export interface ServeParts {
  commands: Pick<Commands, "running" | "receive" | "confirm" | "cancel" | "attach" | "detach">;
  reporter: Pick<Reporter, "attach" | "detach" | "taken" | "wanted">;
  packages: Pick<PackageFetch, "attach" | "detach" | "receive">;
  selfUpdate: Pick<SelfUpdate, "takesCommands">;
  onReported?(): void;
  onRenamed(name: string): Promise<void>;
  collect(): Promise<Facts>;
  signal: AbortSignal;
}

/** One connection, from welcome to end. @returns why it ended */
export async function serveSession(
  session: Session,
  { commands, reporter, packages, selfUpdate, onReported, onRenamed, collect, signal }: ServeParts,
): Promise<string> {
  const close = () => session.close();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  const heartbeat = startHeartbeat(session, commands.running, session.welcome.heartbeatMs);
  const facts = watchFacts(session.send, collect);
  try {
    session.listen((frame) => {
      // What isn't taken now is sent again to the next process of this agent, when that connects.
      if (frame.type === "command" && selfUpdate.takesCommands()) void commands.receive(frame);
      else if (frame.type === "renamed") void onRenamed(frame.name);
      else if (frame.type === "packagePart") packages.receive(frame);
      else if (frame.type === "resultConfirmed") void commands.confirm(frame.commandId);
      else if (frame.type === "cancel") commands.cancel(frame.commandId);
      else if (frame.type === "inventoryTaken") {
        reporter.taken(frame);
        onReported?.();
      } else if (frame.type === "inventoryWanted") reporter.wanted(frame);
    });
    await commands.attach(session.send);
    packages.attach(session.send);
    reporter.attach(session.send, session.welcome);
    return (await session.closed).reason;
  } finally {
    heartbeat.stop();
    facts.stop();
    commands.detach();
    packages.detach();
    reporter.detach();
    signal.removeEventListener("abort", close);
  }
}
