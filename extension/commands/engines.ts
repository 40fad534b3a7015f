import * as vscode from "vscode";
import { askToPick } from "./ask-for.ts";
import type { Run } from "./parts.ts";
import { signIn } from "./sign-in.ts";

/**
 * Forgets the token of the engine that this window works with, and works with no other one instead: which one it is is for a person to say.
 * Once more forgets the engine, too.
 */
export const signOut: Run = async ({ engines, session }) => {
  const engine = engines.chosen();
  if (!engine) return;
  const isSignedIn = (await engines.token(engine.url)) !== undefined;
  await (isSignedIn ? engines.forgetToken(engine.url) : engines.forget(engine.url));
  await session.restart();
  vscode.window.setStatusBarMessage(isSignedIn ? `Signed out of ${engine.url}` : `${engine.url} is no longer in the list of engines`, 5_000);
};

export const switchEngine: Run = async (parts) => {
  const { engines, session } = parts;
  const chosen = engines.chosen()?.url;
  const picked = await askToPick(
    [
      ...engines.all().map(({ url, as }) => ({ label: url, description: `as ${as}${url === chosen ? ", in use" : ""}`, url })),
      { label: "$(add) Sign in to another engine…", description: "", url: undefined },
    ],
    { title: "Engines", placeHolder: "Which one does this window work with?" },
  );
  if (picked.url === undefined) return signIn(parts);
  await engines.choose(picked.url);
  return session.restart();
};

export const reconnect: Run = ({ session }) => session.restart();
