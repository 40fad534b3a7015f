// The floor of webhooks: a bare server that stores each body in SQLite, synchronously durable, one transaction for all that came in a turn. No checks, no jobs.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(`${process.argv[2]}/floor.db`);
database.exec("pragma journal_mode = wal; pragma synchronous = full; create table bodies (id integer primary key, body blob)");
const insert = database.prepare("insert into bodies (body) values (?)");
const waiting: { body: Buffer; response: ServerResponse }[] = [];

function commit(): void {
  const group = waiting.splice(0);
  database.exec("begin");
  for (const { body } of group) insert.run(body);
  database.exec("commit");
  for (const { response } of group) response.writeHead(202, { "content-type": "application/json" }).end('{"jobIds":[]}');
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (waiting.push({ body: Buffer.concat(chunks), response }) === 1) setImmediate(commit);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
