import { execFile } from "node:child_process";
import { cp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { MIGRATIONS, SCHEMA_VERSION } from "../../engine/store/migrations/migrate.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface Build {
  /** Its `engine` folder. */
  engine: string;
  /** Its command. */
  main: string;
  schemaVersion: number;
  remove(): Promise<void>;
}

/** Another build of the engine, in a folder of its own with the same dependencies: this tree, and so many migrations more, as later releases will have. */
export async function newerBuild(migrations: number): Promise<Build> {
  const directory = await temporaryDirectory("runwright-build-");
  const engine = join(directory.path, "engine");
  await cp(join(ROOT, "engine"), engine, { recursive: true, preserveTimestamps: true });
  await symlink(join(ROOT, "node_modules"), join(directory.path, "node_modules"));
  const names = Array.from({ length: migrations }, (_, n) => `next${n + 1}`);
  const folder = join(engine, "store", "migrations");
  for (const [n, name] of names.entries()) await writeFile(join(folder, `${name}.ts`), migration(name, SCHEMA_VERSION + n + 1));
  const list = join(folder, "migrate.ts");
  const source = await readFile(list, "utf8");
  const imports = names.map((name) => `import { ${name} } from "./${name}.ts";\n`).join("");
  const changed = source.replace(/(MIGRATIONS: readonly Migration\[\] = \[[^\]]*)\]/, (_, before: string) => `${before.replace(/,\s*$/, "")}, ${names.join(", ")}]`);
  if (changed === source) throw new Error("the list of migrations isn't where it was");
  await writeFile(list, imports + changed);
  return { engine, main: join(engine, "runwright.mjs"), schemaVersion: MIGRATIONS.length + migrations, remove: directory.remove };
}

/** Only adds, as the rule for migrations wants it. */
const migration = (name: string, version: number) => `
import type { Migration } from "./migration.ts";
export const ${name}: Migration = {
  version: ${version},
  async up({ schema }) {
    await schema.createTable("${name}").addColumn("id", "text", (c) => c.primaryKey()).execute();
    await schema.alterTable("journal").addColumn("${name}", "text").execute();
    await schema.alterTable("jobs").addColumn("${name}", "integer", (c) => c.notNull().defaultTo(7)).execute();
    await schema.createIndex("jobs_${name}").on("jobs").columns(["${name}"]).execute();
  },
};
`;

/**
 * The engine as it was before its newest migration came, from this repository's history.
 * @returns undefined where there is no such history, as in a shallow clone or a package
 */
export async function previousBuild(): Promise<Build | undefined> {
  const newest = (await migrationsIn(join(ROOT, "engine"))).at(-1);
  const git = async (...args: string[]) => (await promisify(execFile)("git", ["-C", ROOT, ...args])).stdout.trim();
  try {
    const commit = (await git("log", "--diff-filter=A", "--format=%H", "--", `engine/store/migrations/${newest}`)).split("\n").at(-1);
    const directory = await temporaryDirectory("runwright-build-");
    await git("archive", `--output=${join(directory.path, "engine.tar")}`, `${commit}^`, "engine");
    await promisify(execFile)("tar", ["-xf", join(directory.path, "engine.tar"), "-C", directory.path]);
    await symlink(join(ROOT, "node_modules"), join(directory.path, "node_modules"));
    const engine = join(directory.path, "engine");
    const schemaVersion = (await migrationsIn(engine)).length;
    return { engine, main: join(engine, "runwright.mjs"), schemaVersion, remove: directory.remove };
  } catch {
    return undefined; // no git, or not that far back: whoever asks says so
  }
}

const migrationsIn = async (engine: string): Promise<string[]> =>
  (await readdir(join(engine, "store/migrations"))).filter((name) => /^\d{4}-/.test(name)).sort();
