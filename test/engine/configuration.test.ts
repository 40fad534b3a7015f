import assert from "node:assert/strict";
import { chmod, chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "../../engine/config.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

describe("a command that the configuration names", () => {
  let directory: TemporaryDirectory;
  let file: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = join(directory.path, "config.yaml");
    await writeFile(file, "masterKeyCommand: [fetch-key]\n", { mode: 0o644 });
  });
  afterEach(() => directory.remove());

  const own = process.getuid?.() ?? 0;
  const read = (about: { user?: number; file?: string }) => loadConfig({ options: { data: directory.path }, env: {}, cwd: directory.path, ...about });
  const isRefused = (why: RegExp) => (error: unknown) => isRunwrightError(error, "CONFIG_INVALID") && why.test(error.message);

  it("is taken from one's own file in the data directory", () => {
    assert.deepEqual(read({ user: own }).masterKey, { kind: "command", argv: ["fetch-key"] });
  });

  it("isn't taken from a file that everyone may write", async () => {
    await chmod(file, 0o666);
    assert.throws(() => read({ user: own }), isRefused(/everyone may write, so it isn't run/));
  });

  it("isn't taken from somebody else's file, unless one names it", async () => {
    // Whose file it is can be set by root only; its own files are everyone's to trust.
    if (own === 0) {
      await chown(file, 65_534, 65_534);
    }
    const user = own === 0 ? 0 : own + 1;
    assert.throws(() => read({ user }), isRefused(/belongs to user \d+, so it isn't run/));
    assert.equal(read({ user, file }).masterKey.kind, "command");
  });
});
