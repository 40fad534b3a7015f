import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
  const changed = source.replace(/(MIGRATIONS: readonly Migration\[\] = \[[^\]]*)\]/, (_, before) => `${before}, ${names.join(", ")}]`);
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
