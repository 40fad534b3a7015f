import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";

const file = (path: string) => new URL(`../../${path}`, import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(file(path), "utf8"));
const inWorkspace = (text: string): string[] =>
  [...text.matchAll(/\$\{workspaceFolder\}\/([^"*]+)/g)].flatMap(([, path]) => (path === undefined || path.includes("${") ? [] : [path]));

describe("the settings for VS Code", () => {
  const tasks: { label: string; command: string; args?: string[]; dependsOn?: string }[] = read(".vscode/tasks.json").tasks;
  const launches: { name: string; preLaunchTask: string }[] = read(".vscode/launch.json").configurations;

  it("start programs that are there", () => {
    const paths = inWorkspace(JSON.stringify(launches.map(({ ...launch }) => ({ ...launch, outFiles: undefined }))));
    assert.ok(paths.length >= 5, `${paths.length} paths`);
    for (const path of paths) assert.ok(existsSync(file(path)), path);
  });

  it("run tasks that are defined, and these run scripts that are defined", () => {
    const labels = tasks.map(({ label }) => label);
    for (const needed of [...launches.map(({ preLaunchTask }) => preLaunchTask), ...tasks.flatMap(({ dependsOn }) => dependsOn ?? [])]) {
      assert.ok(labels.includes(needed), needed);
    }
    for (const { command, args = [] } of tasks) {
      const [, script, , workspace] = /^npm run (\S+)( -w (\S+))?/.exec(command) ?? [];
      if (script !== undefined) assert.ok(read(workspace ? `${workspace}/package.json` : "package.json").scripts[script], command);
      for (const path of args) assert.ok(existsSync(file(path)), path);
    }
  });

  it("format with the formatter that is recommended, and check types with the workspace's compiler", () => {
    const settings = read(".vscode/settings.json");
    assert.ok(read(".vscode/extensions.json").recommendations.includes(settings["editor.defaultFormatter"]));
    assert.ok(existsSync(file(`${settings["js/ts.tsdk.path"]}/package.json`)));
  });
});
