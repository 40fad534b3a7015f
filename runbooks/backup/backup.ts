/**
 * Has the engine back itself up, restore the backup into a scratch folder and compare it, then remove the oldest ones. Fails when any of that does, or when the
 * backup has shrunk in a way that somebody should look at.
 *
 *     runwright run backup
 *
 * Where backups go, how many stay and what they are encrypted with is for the operator of the engine to say (backupFolder, backupKeep, backupKeyFile): docs/operations.md.
 * Whoever starts it, or has written its schedule, must be an administrator of everything.
 */
import { runbook, Type } from "runwright";

export default runbook({
  summary: "Back the engine up, restore the backup into a scratch folder and compare",
  parameters: Type.Object({
    shrinksAtMost: Type.Number({
      default: 0.5,
      minimum: 0,
      maximum: 1,
      description: "The job fails when the backup has lost a larger share of the rows that the one before had",
    }),
    mustBeEncrypted: Type.Boolean({ default: false, description: "The job fails when the engine has no key or passphrase for its backups" }),
  }),
  permissions: { engine: ["backup"], variables: ["last-backup"], setVariables: ["last-backup"] },
  limits: { timeout: "12h" },
  concurrency: { limit: 1, overflow: "skip" },
  async run({ params, engine, variables, log, output }) {
    const before = await rowsBefore(variables);
    const done = await engine.backup();
    output(done);
    log.info(`${done.file}: ${done.rows} rows in ${done.bytes} bytes${done.encrypted ? ", encrypted" : ""}; a restore needs the master key ${done.masterKey}`);
    if (done.removed.length > 0) log.info(`removed ${done.removed.join(", ")}`);
    if (done.restoredRows === null) log.info("it is of a database server: read back and checked, not restored");
    else if (done.restoredRows !== done.rows) throw new Error(`${done.rows} rows were backed up, and ${done.restoredRows} were found after the restore`);
    if (params.mustBeEncrypted && !done.encrypted) throw new Error("the backup isn't encrypted: set backupKeyFile or backupPassphraseFile at the engine");
    if (done.rows < before * (1 - params.shrinksAtMost))
      throw new Error(`the backup has ${done.rows} rows, and the one before had ${before}: find out what was removed before older backups are gone`);
    await variables.set("last-backup", { file: done.file, rows: done.rows, createdAt: done.createdAt });
  },
});

/** 0 when there was none. */
async function rowsBefore(variables: { get(name: "last-backup"): Promise<unknown> }): Promise<number> {
  try {
    const last = (await variables.get("last-backup")) as { rows?: unknown } | null;
    return typeof last?.rows === "number" ? last.rows : 0;
  } catch (error) {
    if ((error as { code?: string }).code === "ASSET_NOT_FOUND") return 0;
    throw error;
  }
}
