import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { chown, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { type Account, accountForPostgres, type Binaries, openToEveryone, postgresBinaries } from "./postgres-binaries.ts";

export interface PostgresOptions {
  /** Flush every commit to disk, as a production server does. Without it a cluster survives a killed process, but not a power cut; and tests are faster. */
  durable?: boolean;
  /** More of postgresql.conf, such as `max_connections=20`; they win. */
  settings?: readonly string[];
}

export interface Postgres extends AsyncDisposable {
  /** Connection string of the database `postgres`, with user and password. */
  readonly url: string;
  /** Makes an empty database and returns its connection string. */
  newDatabase(): Promise<string>;
  /** Ends it in good order and removes its data. Calling it again does nothing. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash; the data stays. Only `restart` or `stop` follow. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data, after `kill` or while it runs. */
  restart(): Promise<void>;
}

const USER = "postgres";
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 20_000;

/**
 * Starts a PostgreSQL 18 of its own: a new cluster in a new directory, on a free port of 127.0.0.1, with a random password.
 * As root its programs run as `nobody`, because PostgreSQL refuses to run as root; no account is added.
 * @throws when the binaries aren't there (says how to get them) or the server doesn't become ready (says what it wrote)
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const account = accountForPostgres();
  const home = await mkdtemp(join(account ? await openTemporaryFolder() : tmpdir(), "runwright-postgres-"));
  const removeHome = () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    return await startIn(home, account, options, removeHome);
  } catch (error) {
    await removeHome();
    throw error;
  }
}

async function startIn(home: string, account: Account | undefined, options: PostgresOptions, removeHome: () => Promise<void>): Promise<Postgres> {
  if (account) await chown(home, account.uid, account.gid);
  const binaries = await binariesFor(account, home);
  const data = join(home, "data");
  const password = randomBytes(12).toString("hex");
  await createCluster(binaries, data, password, account, home);

  let server = await serve(binaries, data, await freePort(), account, options);
  const { port } = server;
  const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
  const dieWithParent = () => {
    server.process.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  };
  process.on("exit", dieWithParent);

  let databases = 0;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= end(server.process, "SIGINT").then(() => {
      process.off("exit", dieWithParent);
      return removeHome();
    });
    return stopped;
  };
  return {
    url: url("postgres"),
    async newDatabase() {
      const name = `test_${++databases}`;
      const client = new pg.Client({ connectionString: url("postgres") });
      await client.connect();
      try {
        await client.query(`create database ${name}`);
      } finally {
        await client.end();
      }
      return url(name);
    },
    stop,
    kill: () => end(server.process, "SIGKILL"),
    async restart() {
      await end(server.process, "SIGINT");
      server = await serve(binaries, data, port, account, options);
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** `nobody` can't pass a folder such as /root: then it gets a copy of the programs (60 MB), which goes when the server goes. */
async function binariesFor(account: Account | undefined, home: string): Promise<Binaries> {
  const installed = await postgresBinaries();
  if (!account || (await openToEveryone(installed))) return installed;
  const copy = join(home, "native");
  await cp(installed.root, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith(".a") });
  await promisify(execFile)("chown", ["-R", `${account.uid}:${account.gid}`, copy]);
  return { root: copy, initdb: join(copy, "bin/initdb"), postgres: join(copy, "bin/postgres") };
}

async function openTemporaryFolder(): Promise<string> {
  for (const folder of [tmpdir(), "/tmp", "/var/tmp"]) if (await openToEveryone({ root: folder })) return folder;
  throw new Error("PostgreSQL must run as nobody, but nobody can't enter TMPDIR, /tmp or /var/tmp: set TMPDIR to a folder that everyone may enter");
}

async function createCluster(binaries: Binaries, data: string, password: string, account: Account | undefined, home: string): Promise<void> {
  const passwordFile = join(home, "password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) for (const path of [data, passwordFile]) await chown(path, account.uid, account.gid);
  const initdb = ["-D", data, "-U", USER, "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--encoding=UTF8", "--no-locale", "--no-sync"];
  await promisify(execFile)(binaries.initdb, initdb, { ...account, env: environment(), cwd: home });
}

interface Server {
  process: ChildProcess;
  port: number;
}

async function serve(binaries: Binaries, data: string, port: number, account: Account | undefined, options: PostgresOptions): Promise<Server> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const attempt = await tryToServe(binaries, data, port, account, options);
    if (attempt.ready) return { process: attempt.process, port };
    // After SIGKILL its children need a moment to notice and to let go of the shared memory.
    const mayPass = /still in use|Is another postmaster/.test(attempt.wrote);
    if (!mayPass || performance.now() > deadline) throw new Error(`PostgreSQL didn't start on port ${port}:\n${attempt.wrote}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function tryToServe(
  binaries: Binaries,
  data: string,
  port: number,
  account: Account | undefined,
  { durable = false, settings: more = [] }: PostgresOptions,
) {
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=", // a path below a temporary folder may be longer than a socket's name may be
    "max_connections=200",
    "shared_buffers=32MB",
    "lc_messages=C",
    ...(durable ? [] : ["fsync=off", "full_page_writes=off"]),
    ...more,
  ];
  const child = spawn(binaries.postgres, ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...account,
    env: environment(),
    cwd: data,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let wrote = "";
  const ready = await new Promise<boolean>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      resolve(false);
    }, READY_WITHIN_MS);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      wrote = (wrote + text).slice(-8_000);
      if (wrote.includes("ready to accept connections")) settle(true);
    });
    const settle = (value: boolean) => {
      clearTimeout(timer);
      resolve(value);
    };
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("exit", () => settle(false));
  });
  return { ready, process: child, wrote };
}

/** SIGINT is PostgreSQL's "fast" stop: open transactions are rolled back, sessions end. */
async function end(child: ChildProcess, signal: "SIGINT" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const timer = setTimeout(() => child.kill("SIGKILL"), STOPPED_WITHIN_MS);
  child.kill(signal);
  await exited;
  clearTimeout(timer);
}

/** PGDATA, PGPORT and the like of whoever runs the tests must not reach this server. */
const environment = () => ({ PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" });
