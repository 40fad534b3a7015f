import { spawn } from "node:child_process";
import { join } from "node:path";
import { ownFolder, type Surroundings, writeWhole } from "./connection.ts";

/** What shows a file to whoever sits at this computer; undefined: nobody does. */
function opener({ env }: Surroundings, platform: NodeJS.Platform): readonly [string, ...string[]] | undefined {
  if (env.SSH_CONNECTION) return undefined;
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ["xdg-open"] : undefined;
}

/**
 * Shows a link in a browser, where there is a display. The link isn't an argument, as everyone on a computer sees those of all programs: a page that only its owner can read
 * leads to it.
 * @returns whether a program was found that does it; not whether it has
 */
export async function openInBrowser(link: URL, around: Surroundings, platform: NodeJS.Platform = process.platform): Promise<boolean> {
  const [program, ...args] = opener(around, platform) ?? [];
  if (program === undefined) return false;
  const page = join(ownFolder(around), "sign-in.html");
  try {
    await writeWhole(page, pageTo(link));
  } catch {
    return false; // a home that can't be written: the link is shown, too
  }
  return new Promise((resolve) => {
    // The browser may be started by this; what it needs of the environment isn't ours to know, but for our own settings, which hold tokens.
    const env = Object.fromEntries(Object.entries(around.env).filter(([name]) => !name.startsWith("RUNWRIGHT_")));
    const child = spawn(program, [...args, page], { env, stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
    child.unref();
  });
}

function pageTo(link: URL): string {
  const href = link.href.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${href}">
<title>Runwright</title>
<p><a href="${href}">Sign in</a></p>
`;
}
