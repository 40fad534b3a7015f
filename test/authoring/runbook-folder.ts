import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** A folder that holds these files; paths may have folders. */
export async function runbookFolder(files: Record<string, string>) {
  const folder = await temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return { ...folder, file: (path: string) => join(folder.path, path) };
}

/** A runbook around some parts of its definition. */
export const definition = (parts: string, before = "") => `import { runbook, Type } from "runwright";
${before}
export default runbook({
  summary: "Test",
${parts}
});
void Type;
`;
