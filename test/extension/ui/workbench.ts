import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "mocha";
import type { Locator, Page } from "playwright-core";
import { openBrowser } from "../../../scripts/vscode/browser.mjs";
import { openPalette, runPaletteCommand } from "../../../scripts/vscode/palette.mjs";
import { installVsix, runFolder, startServer } from "../../../scripts/vscode/server.mjs";
import type { Editor } from "../../../scripts/vscode/setup.mjs";
import { eventually } from "../../support/eventually.ts";

const DIST = fileURLToPath(new URL("../../../dist/", import.meta.url));
/** For looking; `npm run screenshots` copies those that the docs show. */
const PICTURES = join(DIST, "screenshots");
const THEMES = ["light", "dark"] as const;
/** The class of the workbench when its theme is a light or a dark one. */
const CLASS_OF_THEME = { light: "vs", dark: "vs-dark" };
const WAIT_MS = 30_000;
/** In the title bar, where a pointer makes nothing appear. */
const NOWHERE = [300, 15] as const;
/** Pictures show our part and not the editor's. */
const SETTINGS = { "window.autoDetectColorScheme": true, "editor.minimap.enabled": false, "workbench.tips.enabled": false, "window.commandCenter": false };

export interface Workbench extends AsyncDisposable {
  page: Page;
  /** The folder that is open. */
  workspace: string;
  /** Runs a command by its title, as a person does: F1, typing, Enter. */
  command(title: string): Promise<void>;
  /** Opens the palette with these words and says which commands it offers. */
  offers(words: string): Promise<string[]>;
  /** Shows the container of views with this name. */
  activity(name: string): Promise<void>;
  /** Opens one view of the container that is shown, and closes the others. */
  alone(view: string): Promise<void>;
  /** A row of the tree views that are shown. */
  row(text: string): Locator;
  /** A notification that is shown. */
  toast(text: string): Locator;
  /** A button, list entry or box of the quick input. */
  quickInput: Locator;
  /** Types into the input box that asks with these words, and confirms. */
  answer(prompt: string, text: string): Promise<void>;
  /** Confirms the question that is shown in the middle of the window. */
  confirm(question: string, action: string): Promise<void>;
  /** A tab of the editor. */
  tab(name: string): Locator;
  /** The text that is in the editor. */
  text: Locator;
  /** An entry of the status bar. */
  status(text: string | RegExp): Locator;
  /** What a webview shows. */
  webview(): ReturnType<Page["frameLocator"]>;
  /** Takes a picture in the light and in the dark theme: `NAME-light.png`, `NAME-dark.png`. Of the whole window, or of the part with the views. */
  picture(name: string, options?: { only?: "sideBar" }): Promise<void>;
  /** For an `afterEach` hook: when the test has failed, a picture of what was there, `failed-NAME.png`, beside the others. */
  keepFailure(context: Context): Promise<void>;
}

interface WorkbenchOptions {
  vsix: string;
  /** Of the folder that is open, `runbooks` without it. */
  workspaceName?: string;
  settings?: Record<string, unknown>;
  /** Of the server, and of what is started in its terminals. */
  env?: Record<string, string>;
}

/** VS Code in a browser, with the packaged extension installed as a person would install it, and a folder open. */
export async function openWorkbench(editor: Editor, options: WorkbenchOptions): Promise<Workbench> {
  const folder = runFolder();
  const said = await installVsix(editor, { folder, vsix: options.vsix });
  if (!said.includes("was successfully installed")) throw new Error(`the package wasn't installed: ${said}`);
  const workspace = join(folder, options.workspaceName ?? "runbooks");
  const server = await startServer(editor, { folder, workspace, settings: { ...SETTINGS, ...options.settings }, env: options.env ?? {} });
  try {
    const { page, close } = await openBrowser(editor, { folder });
    page.setDefaultTimeout(WAIT_MS);
    await page.goto(server.address());
    await page.locator(".monaco-workbench").waitFor();
    return {
      ...hands(page),
      page,
      workspace,
      async [Symbol.asyncDispose]() {
        await close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function hands(page: Page): Omit<Workbench, "page" | "workspace" | typeof Symbol.asyncDispose> {
  const quickInput = page.locator(".quick-input-widget");
  return {
    quickInput,
    command: (title) => runPaletteCommand(page, title),
    async offers(words) {
      await openPalette(page, words);
      const labels = await quickInput.locator(".monaco-list-row .quick-input-list-label .label-name").allInnerTexts();
      return labels.map((label) => label.replaceAll("\u00a0", " "));
    },
    activity: (name) => page.getByRole("tab", { name }).first().click(),
    async alone(view) {
      const headers = page.locator(".part.sidebar .pane-header");
      for (const header of await headers.all()) {
        const isWanted = (await header.getByText(view, { exact: true }).count()) > 0;
        // What is clicked may move away while other views close: it is looked at and clicked again until it is so.
        const is = async () => ((await header.getAttribute("aria-expanded")) === "true") === isWanted;
        const clicked = async () => (await is()) || (await header.locator(".title").click().then(is));
        await eventually(`the view ${isWanted ? "opening" : "closing"}`, clicked, WAIT_MS);
      }
    },
    row: (text) => page.locator(".pane-body .monaco-list-row", { hasText: text }),
    toast: (text) => page.locator(".notification-toast", { hasText: text }),
    async answer(prompt, text) {
      await quickInput.getByText(prompt).waitFor();
      await quickInput.locator("input.input").fill(text);
      await page.keyboard.press("Enter");
    },
    async confirm(question, action) {
      const dialog = page.locator(".monaco-dialog-box", { hasText: question });
      await dialog.getByRole("button", { name: action, exact: true }).click();
      await dialog.waitFor({ state: "detached" });
    },
    tab: (name) => page.locator(".tabs-container .tab", { hasText: name }),
    text: page.locator(".editor-instance .view-lines"),
    status: (text) => page.locator(".statusbar-item", { hasText: text }).first(),
    webview: () => page.frameLocator("iframe.webview").frameLocator("iframe#active-frame"),
    async picture(name, { only } = {}) {
      const part = only === "sideBar" ? page.locator(".part.sidebar") : page;
      mkdirSync(PICTURES, { recursive: true });
      await page.mouse.move(...NOWHERE);
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        await page.locator(`.monaco-workbench.${CLASS_OF_THEME[colorScheme]}`).waitFor();
        await part.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`), animations: "disabled", caret: "hide" });
      }
    },
    async keepFailure({ currentTest }) {
      if (currentTest?.state !== "failed") return;
      await page.screenshot({ path: join(PICTURES, `failed-${currentTest.title.replaceAll(/\W+/g, "-")}.png`) });
    },
  };
}
