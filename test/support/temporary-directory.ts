import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryDirectory extends AsyncDisposable {
  /** Absolute; mode 0700; its last segment is random. */
  readonly path: string;
  /** Removes it and all it holds. Calling it again does nothing. */
  remove(): Promise<void>;
}

/** A new empty directory; whoever makes it removes it (`await using`, or in `afterEach`). */
export async function temporaryDirectory(prefix = "runwright-test-"): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  // Windows keeps files of a process that has just ended open for a moment: hence the retries.
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
