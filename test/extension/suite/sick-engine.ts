import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { API_LEVELS } from "../../../engine/core/api-level.ts";
import type { Role } from "../../../engine/core/role.ts";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Something that looks like an engine when one signs in, and then answers as a test says. */
export async function startSickEngine() {
  const sickness: { answer: Handler | undefined; greet: Handler | undefined } = { answer: undefined, greet: undefined };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://engine");
    asked.push(pathname);
    const answers: Record<string, object> = {
      "/api/v1/whoami": { id: "prn_1", name: "ada", kind: "user", grants: [{ role: "admin" satisfies Role, scope: "/" }] },
      "/api/v1/about": { version: "0.0.1", api: API_LEVELS },
    };
    const greeting = answers[pathname];
    if (greeting && sickness.greet) return sickness.greet(request, response);
    if (!greeting && sickness.answer) return sickness.answer(request, response);
    return json(greeting ?? { items: [], next: null })(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "rwt_fake",
    asked,
    sickness,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
export type SickEngine = Awaited<ReturnType<typeof startSickEngine>>;

export const json =
  (content: object): Handler =>
  (_, response) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(content));
export const text =
  (status: number, content: string): Handler =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "text/html" }).end(content);
