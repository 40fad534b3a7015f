import { SANDBOX_GLOBALS } from "../../../../engine/authoring/globals.ts";
import { SDK_FOLDER } from "./sdk-folder-name.ts";

export interface WrittenFile {
  /** Relative to the folder of runbooks, with `/`. */
  path: string;
  text: string;
}

/** As the check has them, so that both find the same. */
const COMPILER_OPTIONS = {
  target: "esnext",
  lib: ["esnext"],
  module: "esnext",
  moduleResolution: "bundler",
  types: [],
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  isolatedModules: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
};

/**
 * What makes `import … from "runwright"` resolve in a folder: the SDK's types, those of the sandbox, and a configuration that names them. Git ignores all of it.
 * @param sdkTypes what the extension brings, dist/runwright.d.ts
 */
export const sdkFiles = (sdkTypes: string): WrittenFile[] => [
  { path: `${SDK_FOLDER}/.gitignore`, text: "# Written by the Runwright extension for VS Code, anew when it is updated.\n*\n" },
  { path: `${SDK_FOLDER}/runwright.d.ts`, text: sdkTypes },
  { path: `${SDK_FOLDER}/sandbox.d.ts`, text: SANDBOX_GLOBALS },
  {
    path: `${SDK_FOLDER}/tsconfig.json`,
    // Tests run in Node, not in the sandbox: they need other types.
    text: json({
      compilerOptions: COMPILER_OPTIONS,
      files: ["runwright.d.ts", "sandbox.d.ts"],
      include: ["../**/*.ts", "../**/*.mts"],
      exclude: ["../**/node_modules", "../**/*.test.ts"],
    }),
  },
];

/** Beside the runbooks, where there is none: the editor looks for this name. It is the project's, to be committed and changed. */
export const PROJECT_FILE: WrittenFile = { path: "tsconfig.json", text: json({ extends: `./${SDK_FOLDER}/tsconfig.json` }) };

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
