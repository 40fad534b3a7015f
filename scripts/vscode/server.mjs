import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const GUARD = join(dirname(fileURLToPath(import.meta.url)), "guard.mjs");
const START_WITHIN_MS = 60_000;

/** An editor that asks nobody, shows nothing unasked and changes nothing by itself. */
export const SETTINGS = {
  "workbench.startupEditor": "none",
  "telemetry.telemetryLevel": "off",
  "chat.disableAIFeatures": true,
  "security.workspace.trust.enabled": false,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "typescript.disableAutomaticTypeAcquisition": true,
  "workbench.enableExperiments": false,
  "window.confirmBeforeClose": "never",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
};

/** The folder of one run: settings, extensions, sockets. Short, because a socket's path holds 108 characters. */
export const runFolder = () => mkdtempSync(join(tmpdir(), "rwv-"));

/**
 * Installs a .vsix for the server that will be started with the same folder.
 * @param {import("./setup.mjs").Editor} editor
 * @param {{ folder: string, vsix: string }} options
 * @returns {Promise<string>} what the server says about it
 */
export async function installVsix(editor, { folder, vsix }) {
  const args = [editor.server, ...placesIn(folder), "--install-extension", resolve(vsix)];
  const { stdout, stderr } = await promisify(execFile)(editor.node, args, { env: environment({ TMPDIR: folder }) });
  return `${stdout}${stderr}`;
}

/**
 * Starts VS Code's server. It ends, and its folder is removed, with `stop()` or with this process.
 * @param {import("./setup.mjs").Editor} editor
 * @param {{ folder?: string, workspace?: string, settings?: Readonly<Record<string, unknown>>, env?: Readonly<Record<string, string>>, runsTests?: boolean }} options
 *   `workspace`: the folder that is open; one inside `folder` by default. `runsTests`: the workbench may be told to load extension and tests from folders; then it shows no toasts
 */
export async function startServer(editor, { folder = runFolder(), workspace = join(folder, "workspace"), settings = {}, env = {}, runsTests = false } = {}) {
  mkdirSync(workspace, { recursive: true });
  for (const kind of ["User", "Machine"]) {
    mkdirSync(join(folder, "data", kind), { recursive: true });
    writeFileSync(join(folder, "data", kind, "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
  }
  const options = ["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--accept-server-license-terms", "--disable-telemetry"];
  if (settings["security.workspace.trust.enabled"] !== true) options.push("--disable-workspace-trust");
  if (runsTests) options.push("--enable-smoke-test-driver");
  const guard = spawn(process.execPath, [GUARD, folder, editor.node, editor.server, ...options, ...placesIn(folder)], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // whoever ends our process group mustn't end the one that cleans up after us
    env: environment({ TMPDIR: folder, ...env }),
  });
  const gone = once(guard, "exit");
  const stop = async () => {
    guard.stdin.end();
    await gone;
  };
  let authority;
  try {
    authority = `127.0.0.1:${await listeningPort(guard)}`;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    folder,
    workspace,
    /** A file of this machine as the workbench names it. */
    uri: (path) => `vscode-remote://${authority}${resolve(path)}`,
    /** The workbench's address: what is opened, and in the payload what else it is told. */
    address: (payload = [], opened = { folder: workspace }) =>
      `http://${authority}/?${new URLSearchParams({ ...opened, payload: JSON.stringify([["skipWelcome", "true"], ...payload]) })}`,
    stop,
  };
}

function listeningPort(guard) {
  return new Promise((resolve, reject) => {
    let said = "";
    const late = setTimeout(() => reject(new Error(`VS Code's server didn't listen within ${START_WITHIN_MS / 1_000} s: ${said}`)), START_WITHIN_MS);
    const hear = (chunk) => {
      said += chunk;
      const port = /Extension host agent listening on (\d+)/.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(port);
    };
    guard.stdout.on("data", hear);
    guard.stderr.on("data", hear);
    guard.once("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`VS Code's server ended with ${code}: ${said}`));
    });
  });
}

const placesIn = (folder) => ["--server-data-dir", folder, "--user-data-dir", join(folder, "data"), "--extensions-dir", join(folder, "extensions")];

/** What an editor around us has set, and what changes how Node runs, must not reach the one under test; it has no gallery to ask. */
function environment(more) {
  const own = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(own), EXTENSIONS_GALLERY: "{}", ...more };
}
