import { format } from "node:util";
import { openBrowser } from "./browser.mjs";
import { makePlace } from "./places.mjs";
import { runFolder, startServer } from "./server.mjs";

const END_WITHIN_MS = 15 * 60_000;
const LAST_LINES = 20;

/**
 * Runs tests in the extension host of VS Code's server, with the workbench in a headless browser.
 * @param {import("./setup.mjs").Editor} editor
 * @param {import("./choose-host.mjs").Parts} parts
 * @returns {Promise<number>} 0 when `run()` ended well
 */
export async function runInBrowser(editor, { extension, tests, env, place = "folder" }) {
  const folder = runFolder();
  const { query, settings } = makePlace(place, folder);
  const server = await startServer(editor, { folder, settings, env, runsTests: true });
  const log = [];
  let browser;
  try {
    browser = await openBrowser(editor, { folder: server.folder });
    const code = await exitCode(
      browser.page,
      server.address(
        [
          ["extensionDevelopmentPath", server.uri(extension)],
          ["extensionTestsPath", server.uri(tests)],
        ],
        query,
      ),
      log,
    );
    // A tests file that can't be loaded gives 1 like a test that fails; the workbench's log then says why.
    if (code !== 0) console.log(`The workbench's last words:\n${log.slice(-LAST_LINES).join("\n")}`);
    return code;
  } finally {
    await browser?.close();
    await server.stop();
  }
}

/** The workbench calls these two when tests are run in it. */
async function exitCode(page, address, log) {
  let late;
  try {
    return await new Promise((resolve, reject) => {
      late = setTimeout(
        () => reject(new Error(`the tests didn't end within ${END_WITHIN_MS / 60_000} minutes; ${log.slice(-LAST_LINES).join("\n")}`)),
        END_WITHIN_MS,
      );
      page.once("crash", () => reject(new Error("the browser's page crashed")));
      page.once("close", () => reject(new Error("the browser went away")));
      (async () => {
        await page.exposeFunction("codeAutomationExit", resolve);
        await page.exposeFunction("codeAutomationLog", (type, words) => log.push(`[${type}] ${format(...words)}`.slice(0, 1_000)));
        await page.goto(address);
      })().catch(reject);
    });
  } finally {
    clearTimeout(late);
  }
}
