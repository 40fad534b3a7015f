import { mkdir } from "node:fs/promises";
import { openStore, type Store } from "../../engine/store/store.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

/** Declares the same tests for each kind of store; every test opens an empty one and stops it. */
export function withEachStore(declare: (open: () => Promise<Store>) => void): void {
  let postgres: Postgres;
  let directory: TemporaryDirectory;
  let opened = 0;
  const nextFolder = async () => {
    const path = `${directory.path}/${++opened}`;
    await mkdir(path);
    return path;
  };
  const kinds: [name: string, open: () => Promise<Store>][] = [
    ["SQLite in memory", () => openStore("memory:")],
    ["a SQLite file", async () => openStore(`sqlite:${await nextFolder()}`)],
    ["PostgreSQL 18", async () => openStore(await postgres.newDatabase())],
  ];
  before(async () => {
    directory = await temporaryDirectory();
    postgres = await startPostgres();
  });
  after(async () => {
    await postgres.stop();
    await directory.remove();
  });
  for (const [name, open] of kinds) describe(`with ${name}`, () => declare(open));
}
