import { hostname } from "node:os";
import * as vscode from "vscode";
import { RunwrightError } from "../../engine/core/errors.ts";
import { inform } from "../messages/say.ts";
import { type EngineAddress, isOnThisMachine } from "../model/client/address.ts";
import { keyOf } from "../model/client/key-of.ts";
import { beginDeviceSignIn } from "../model/device-sign-in.ts";
import { engineAddress } from "../model/engine-address.ts";
import { signInWithToken } from "../model/sign-in.ts";
import { askForText, askToConfirm, askToPick } from "./ask-for.ts";
import type { CommandParts, Run } from "./parts.ts";
import { withCancel } from "./progress.ts";

/** Asks for an address and a way, and keeps what proves good. */
export const signIn: Run = async (parts) => {
  const address = await trusted(await askForAddress(parts));
  const way = await askToPick(
    [
      { label: "$(device-mobile) With a code", description: "somebody who is signed in confirms it", token: false },
      {
        label: "$(key) With a token",
        description: "that was made with `runwright token create`, or is in admin.json of the engine's data folder",
        token: true,
      },
    ],
    { title: `Sign In to ${address.url}`, placeHolder: "How?" },
  );
  const token = way.token ? await askForToken() : await byDeviceCode(address, parts);
  const engine = await withCancel(`Signing in to ${address.url}`, (signal) => signInWithToken(address, token, parts, signal));
  await parts.session.restart();
  vscode.window.setStatusBarMessage(`Signed in to ${engine.url} as ${engine.as}`, 5_000);
};

async function askForAddress({ engines, session }: CommandParts): Promise<URL> {
  const state = session.state();
  const given = await askForText({
    title: "Sign In to an Engine",
    prompt: "Address of the engine",
    value:
      state.kind === "signedOut" || state.kind === "refused"
        ? state.engine.url
        : (engines.chosen()?.url ?? String(vscode.workspace.getConfiguration("runwright").get("url"))),
    validateInput: (text) => {
      const address = engineAddress(text);
      return address.ok ? undefined : address.problem.replace("The setting runwright.url", "The address");
    },
  });
  const address = engineAddress(given);
  if (!address.ok) throw new Error(address.problem);
  return new URL(address.url);
}

/** Asks about a key that no authority vouches for, and about none at all. */
async function trusted(url: URL): Promise<EngineAddress> {
  const address = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  if (url.protocol !== "https:") {
    if (!isOnThisMachine(url))
      await askToConfirm(`${url.origin} isn't encrypted.`, {
        detail: "Whoever is on the way there reads the token and all else that is sent. An engine with `--tls self-signed` needs no certificate authority.",
        action: "Sign In Unencrypted",
      });
    return { url: address };
  }
  const { pin, isTrusted } = await keyOf(url);
  if (isTrusted) return { url: address };
  await askToConfirm(`No authority vouches for ${url.origin}.`, {
    detail: `Its key is\n${pin}\n\nCompare it with what \`runwright serve\` shows there.`,
    action: "It Is the Same",
  });
  return { url: address, tlsPin: pin };
}

const askForToken = async (): Promise<string> =>
  (await askForText({ title: "Sign In with a Token", prompt: "It is kept in the secret storage of VS Code", password: true })).trim();

async function byDeviceCode(address: EngineAddress, { connect, timers }: CommandParts): Promise<string> {
  const name = `VS Code on ${hostname()}`;
  return withCancel(`Waiting until somebody confirms the sign-in`, async (signal) => {
    const login = await beginDeviceSignIn(connect(address, ""), name, timers, signal);
    const command = `runwright login confirm ${login.userCode}`;
    const life = new AbortController();
    const ends = AbortSignal.any([signal, life.signal]);
    void inform(`Your code is ${login.userCode}. Someone who is signed in to the engine confirms it with: ${command}`, "Copy Command", "Cancel").then(
      (answer) => {
        if (answer === "Copy Command") return vscode.env.clipboard.writeText(command);
        if (answer === "Cancel") life.abort();
        return undefined;
      },
    );
    return login.token(ends).catch((error: unknown) => {
      if (life.signal.aborted) throw new vscode.CancellationError();
      if (error instanceof RunwrightError && error.code === "LOGIN_DENIED") throw new Error("The sign-in was denied.");
      throw error;
    });
  });
}
