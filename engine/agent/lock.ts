import { createHash } from "node:crypto";
import { stat, unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunwrightError } from "../core/errors.ts";

/**
 * Holds a state directory for one process. The lock is a listening socket whose name follows from the directory: the kernel gives it up when the process
 * ends, however it ends, so there is no stale lock to judge. Linux: an abstract socket; Windows: a named pipe; elsewhere a socket file.
 * @param directory its real path
 * @throws AGENT_STATE when another agent holds it
 */
export async function lockStateDirectory(directory: string): Promise<{ release(): Promise<void> }> {
  const { dev, ino } = await stat(directory);
  const name = `runwright-agent-${createHash("sha256").update(`${dev}:${ino}:${directory}`).digest("hex").slice(0, 32)}`;
  const address = process.platform === "linux" ? `\0${name}` : process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
  const server = await listen(address).catch(async (error) => {
    if (address.startsWith("/") && !(await answers(address))) {
      await unlink(address); // left by an agent that was killed: nobody listens
      return listen(address);
    }
    throw error;
  });
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (cause) =>
      reject(new RunwrightError("AGENT_STATE", "another agent uses this state directory; stop it, or give this one its own with --state", { cause })),
    );
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
