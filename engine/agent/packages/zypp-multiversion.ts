import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Packages of which the machine's owner keeps several versions: `multiversion` of zypp.conf, and the files of multiversion.d, each with names or `provides:NAME` (libzypp,
 * zypp.conf; ZConfig::multiversionSpec).
 * @returns names of packages, or of what they provide
 */
export async function zyppMultiversion(root: string): Promise<string[]> {
  const configuration = await readFile(join(root, "etc/zypp/zypp.conf"), "utf8").catch(() => ""); // its defaults are built in
  const [, setting = ""] = /^[ \t]*multiversion[ \t]*=[ \t]*(.*)$/m.exec(configuration) ?? [];
  const folder = join(root, settingOf(configuration, "multiversiondir") ?? "etc/zypp/multiversion.d");
  const files = await readdir(folder).catch(() => []);
  const texts = await Promise.all(files.sort().map((file) => readFile(join(folder, file), "utf8").catch(() => "")));
  return [setting, ...texts].flatMap(namesIn);
}

const settingOf = (configuration: string, name: string): string | undefined => new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*(\\S+)`, "m").exec(configuration)?.[1];

const namesIn = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.replace(/#.*/, ""))
    .join(" ")
    .split(/[\s,]+/)
    .map((name) => name.replace(/^provides:/, ""))
    .filter(Boolean);
