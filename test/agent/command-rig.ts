import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { isRunwrightError } from "../../engine/core/errors.ts";
import type { OpenedChunk } from "../../engine/fleet/command-seal.ts";
import type { CommandRequest } from "../../engine/fleet/commands.ts";
import type { ExecResult } from "../../engine/protocol/agent.ts";
import { ACTOR, type TestEngine } from "./engine-under-test.ts";

/** For `assert.rejects`: an error of the catalogue with this code. */
export const code =
  (wanted: string, message = /./) =>
  (error: unknown) => {
    assert.ok(isRunwrightError(error), `not an error of the catalogue: ${error}`);
    assert.equal(error.code, wanted, error.message);
    assert.match(error.message, message);
    return true;
  };

let made = 0;

/** A new command that runs a program. */
export const request = (machineId: string, argv: string[], more: Partial<CommandRequest> & { args?: object } = {}): CommandRequest => ({
  ...{ id: `cmd_test${++made}`, machineId, action: "exec", jobId: null, actor: ACTOR, correlationId: "test" },
  ...more,
  args: { argv, timeoutMs: 20_000, ...more.args },
});

export const performOn = (engine: TestEngine, command: CommandRequest, onOutput?: (chunk: OpenedChunk) => void) =>
  engine.fleet.commands.perform(command, { onOutput }) as Promise<ExecResult>;

/** What the engine has of its output, opened. */
export async function outputOf(engine: TestEngine, commandId: string): Promise<OpenedChunk[]> {
  const command = await engine.store.read.commands.get(commandId);
  return command ? (await engine.fleet.commands.content(command, { after: 0, limit: 10 })).output : [];
}

/** A program that appends a line to the file whenever it is executed: what the file holds is how often that was. */
export const counted = (file: string, then = "") => ["sh", "-c", `echo x >> "$0"; ${then}`, file];
export const times = async (file: string) => (await readFile(file, "utf8").catch(() => "")).length / 2;
