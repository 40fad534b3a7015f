import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RIGHTS } from "../../extension/model/rights.ts";
import { makeTrees } from "../../extension/model/view-list.ts";
import { START_COMMAND, startProblem } from "../../extension/model/workspace/start-command.ts";

const FOLDER = fileURLToPath(new URL("../../extension/", import.meta.url));
const { contributes, capabilities } = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8"));
const views: string[] = contributes.views.runwright.map(({ id }: { id: string }) => id);
const commands = new Map<string, { command: string; title: string; enablement?: string }>(
  contributes.commands.map((one: { command: string }) => [one.command, one]),
);
const menus: [string, { command: string; when: string; group?: string }[]][] = Object.entries(contributes.menus);

/** A button of a welcome view or of a walkthrough's step. */
const LINK = /\(command:([\w.]+)\)/g;

describe("the manifest of the VS Code extension", () => {
  it("has the views that the model has, in the same order", () => {
    assert.deepEqual(views, Object.keys(makeTrees({ client: async () => undefined, timers: { now: () => 0 } })));
  });

  it("says in each view what to do while it is empty, whatever the reason", () => {
    for (const view of views) {
      const states = contributes.viewsWelcome.filter((one: { view: string }) => one.view === view).map(({ when }: { when: string }) => when.split(" ").at(-1));
      assert.deepEqual(states, ["none", "signedOut", "lost", "refused", "connected"], view);
    }
  });

  it("names in menus and welcome views only commands that there are", () => {
    for (const [menu, items] of menus) for (const { command } of items) assert.ok(commands.has(command), `${menu}: ${command}`);
    for (const { contents } of contributes.viewsWelcome)
      for (const [, command = ""] of contents.matchAll(LINK)) assert.ok(commands.has(command), `${command} in ${contents}`);
  });

  it("has a walkthrough whose steps have buttons and end by something that happens", () => {
    const [walkthrough] = contributes.walkthroughs;
    for (const { id, description, completionEvents, media } of walkthrough.steps) {
      const links = [...description.matchAll(LINK)].map(([, command]) => command);
      assert.ok(links.length > 0 && links.every((command) => commands.has(command)), `${id}: ${links.join(", ")}`);
      assert.ok(existsSync(join(FOLDER, media.markdown)), media.markdown);
      for (const event of completionEvents) {
        const [, kind, rest] = /^(onCommand|onContext):(.+)$/.exec(event) ?? [];
        assert.ok(kind === "onCommand" ? commands.has(rest ?? "") : rest?.startsWith("runwright.state"), event);
      }
    }
    const [, opened] = /const WALKTHROUGH = "(\w+)"/.exec(readFileSync(join(FOLDER, "commands", "walkthrough.ts"), "utf8")) ?? [];
    assert.equal(walkthrough.id, opened);
  });

  it("says what each setting is for, and the docs have each", () => {
    const docs = readFileSync(join(FOLDER, "..", "docs", "extension.md"), "utf8");
    for (const [name, { markdownDescription, default: otherwise }] of Object.entries<Record<string, unknown>>(contributes.configuration.properties)) {
      assert.ok(markdownDescription, name);
      assert.match(docs, new RegExp(`\\| \`${name}\` \\| \`${String(otherwise)}\` \\|`), name);
    }
  });

  it("starts only an engine that the folder has installed, and says so where it has none", () => {
    assert.equal(contributes.configuration.properties["runwright.localEngine"].default, START_COMMAND);
    assert.match(startProblem(START_COMMAND, false) ?? "", /isn't installed in this folder: install it first/);
    assert.equal(startProblem(START_COMMAND, true), undefined);
    assert.equal(startProblem("docker compose up", false), undefined);
    const texts = ["README.md", ...readdirSync(join(FOLDER, "media", "walkthrough")).map((name) => `media/walkthrough/${name}`)];
    for (const text of texts) assert.doesNotMatch(readFileSync(join(FOLDER, text), "utf8"), /npx runwright|npm install.* runwright/, text);
  });

  it("takes no command line from a workspace that isn't trusted", () => {
    assert.deepEqual(capabilities.untrustedWorkspaces.restrictedConfigurations, ["runwright.localEngine", "runwright.url"]);
    assert.match(commands.get("runwright.startEngine")?.enablement ?? "", /isWorkspaceTrusted/);
  });

  it("looks in its conditions at context keys that the extension sets", () => {
    const known = new Set(["runwright.state", ...Object.keys(RIGHTS), ...views]);
    const conditions = [...menus.flatMap(([, items]) => items.map(({ when }) => when)), ...[...commands.values()].map(({ enablement = "" }) => enablement)];
    for (const condition of conditions) for (const [key] of condition.matchAll(/runwright\.\w+/g)) assert.ok(known.has(key), `${key} in ${condition}`);
  });

  it("runs nothing of a workspace that isn't trusted", () => {
    assert.equal(capabilities.untrustedWorkspaces.supported, "limited");
    for (const command of ["publish", "saveDraft", "plan", "apply"])
      assert.match(commands.get(`runwright.${command}`)?.enablement ?? "", /isWorkspaceTrusted/, command);
  });

  it("offers what writes into a folder, or reads one, only where one is open", () => {
    for (const command of ["newRunbook", "newSchedule", "plan", "startEngine"])
      assert.match(commands.get(`runwright.${command}`)?.enablement ?? "", /workspaceFolderCount != 0/, command);
  });

  it("names files that are there", () => {
    for (const { path } of contributes.grammars) assert.ok(existsSync(join(FOLDER, path)), path);
    for (const { icon } of contributes.viewsContainers.activitybar) assert.ok(existsSync(join(FOLDER, icon)), icon);
  });
});
