import { RunwrightError } from "../core/errors.ts";
import type { SignInLink } from "../protocol/http/access.ts";
import { openInBrowser } from "./browser.ts";
import type { Client } from "./client.ts";
import type { Context } from "./command.ts";
import { OWN_COMMAND } from "./own-name.ts";

/** A link that signs one browser in with the client's rights, once, within ten minutes. */
export async function newSignInLink(client: Client, signal: AbortSignal): Promise<{ link: URL; expiresAt: string }> {
  const { url, expiresAt } = await client.request<SignInLink>("POST", "/api/v1/login/link", { body: {}, signal });
  const link = URL.parse(url);
  if (link?.protocol === "http:" || link?.protocol === "https:") return { link, expiresAt };
  throw new RunwrightError("NOT_AN_ENGINE", `${client.connection.url} didn't answer with a link to a page; check the address`);
}

/** Where what is printed may be kept, nothing that signs someone in is printed unless it was asked for as JSON. @throws BAD_REQUEST */
export function requireReader({ terminal }: Context, { json }: { json: boolean }): void {
  if (json || terminal.isTty) return;
  throw new RunwrightError("BAD_REQUEST", "the link is for your eyes, and standard output isn't a terminal: run it in one, or with --json");
}

/** Shows a link, and opens it where someone sits at this computer. */
export async function showSignInLink(client: Client, context: Context, { json }: { json: boolean }): Promise<void> {
  const { terminal, signal } = context;
  const { link, expiresAt } = await newSignInLink(client, signal);
  if (json) return terminal.printJson({ url: link.href, expiresAt });
  terminal.print(link.href);
  terminal.note("It signs one browser in with your rights, once, within ten minutes.");
  if (await openInBrowser(link, context)) terminal.note("Your browser shows it, or will in a moment; if it doesn't, open the link above there.");
}

/** One line for whoever has started an engine. What isn't a terminal may be a file that is kept: there it only says how to get a link. */
export async function tellOfDashboard(client: Client, { terminal, signal }: Context): Promise<void> {
  const another = terminal.colour("cyan", `\`${OWN_COMMAND} login --browser\``);
  if (!terminal.isTty) return terminal.print(`Dashboard: ${client.connection.url}/  (${another}, in a terminal, gives a link that signs a browser in)`);
  const { link } = await newSignInLink(client, signal);
  terminal.print(`Dashboard: ${link.href}  (once, within ten minutes; ${another} gives another)`);
}
