import { hostname, userInfo } from "node:os";
import { connect } from "node:tls";
import type { Command } from "commander";
import { RunwrightError } from "../core/errors.ts";
import { pinOf } from "../http/tls.ts";
import type { LoginDone, LoginStarted, WhoAmI } from "../protocol/http/access.ts";
import { type Client, createClient } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { writeProfile } from "./connection.ts";
import { pause } from "./pause.ts";
import { hidden, question } from "./prompt.ts";
import { requireReader, showSignInLink } from "./sign-in-link.ts";

export function addLogin(program: Command, context: Context): void {
  const login = program
    .command("login")
    .description("Sign in to an engine: with a code that someone who is signed in confirms, or with a token; or sign a browser in")
    .argument("[url]", "address of the engine, such as https://runwright.example.com:4680")
    .option(
      "--browser",
      "give a link that signs a browser in with your rights, and open it where there is a display; without an address: at the engine that the command uses",
    )
    .option("--token [token]", "sign in with a token; better without its value: it is then asked for, or read from standard input")
    .option("--pin <pin>", "expected key of a self-signed certificate, as `runwright serve` shows it")
    .option("--json", "print JSON")
    .action((url: string | undefined, options: SignInOptions, command: Command) => {
      const { browser = false, json = false, token, pin } = options;
      if (url === undefined && (!browser || token !== undefined || pin !== undefined)) command.error("error: missing required argument 'url'");
      if (browser) requireReader(context, { json });
      if (url !== undefined) return signIn(url, options, context);
      return withClient(context, (client) => showSignInLink(client, context, { json }));
    });
  login
    .command("confirm")
    .description("Confirm the code of someone else's sign-in: it gets your rights")
    .argument("<code>", "such as BCDF-GHJK")
    .option("--yes", "without asking")
    .option("--json", "print JSON")
    .action((code: string, options: ConfirmOptions) => confirm(code, options, context));
  login
    .command("deny")
    .description("Deny the code of someone else's sign-in")
    .argument("<code>", "such as BCDF-GHJK")
    .option("--json", "print JSON")
    .action((code: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request("POST", `/api/v1/login/device/${encodeURIComponent(code)}/deny`);
        if (json) context.terminal.printJson({ code, state: "denied" });
        else context.terminal.print(`Denied: ${code}`);
      }),
    );
}

interface SignInOptions {
  token?: string | true;
  pin?: string;
  browser?: boolean;
  json?: boolean;
}

async function signIn(given: string, { token: givenToken, pin, browser = false, json = false }: SignInOptions, context: Context): Promise<void> {
  const { terminal, signal } = context;
  const url = parseUrl(given);
  const tlsPin = url.protocol === "https:" ? await trust(url, pin, context) : undefined;
  const connection = { url: url.origin, ...(tlsPin ? { tlsPin } : {}) };
  const anonymous = createClient({ ...connection, token: "" });
  try {
    const token = givenToken === undefined ? await byDeviceCode(anonymous, context) : givenToken === true ? await hidden(context, "Token: ") : givenToken;
    const client = createClient({ ...connection, token });
    try {
      const me = await client.request<WhoAmI>("GET", "/api/v1/whoami", { signal });
      const path = await writeProfile(context, { ...connection, token });
      if (json && browser) return await showSignInLink(client, context, { json });
      if (json) return terminal.printJson({ url: url.origin, name: me.name, grants: me.grants, profile: path });
      terminal.print(`Signed in to ${url.origin} as ${me.name}: ${me.grants.map(({ role, scope }) => `${role} at ${scope}`).join(", ")}`);
      terminal.note(`The profile is in ${path}.`);
      if (browser) await showSignInLink(client, context, { json });
    } finally {
      await client.stop();
    }
  } finally {
    await anonymous.stop();
  }
}

async function byDeviceCode(client: Client, { terminal, signal }: Context): Promise<string> {
  const name = `runwright of ${userInfo().username} on ${hostname()}`.slice(0, 128);
  const login = await client.request<LoginStarted>("POST", "/api/v1/login/device", { body: { client: name }, signal });
  terminal.note(`Your code is ${terminal.colour("bold", login.userCode)}. Someone who is signed in to this engine confirms it with:`);
  terminal.note(`  runwright login confirm ${login.userCode}`);
  for (let left = login.expiresInSeconds; left > 0; left -= login.intervalSeconds) {
    await pause(login.intervalSeconds * 1_000, signal);
    signal.throwIfAborted();
    try {
      return (await client.request<LoginDone>("POST", "/api/v1/login/device/token", { body: { deviceCode: login.deviceCode }, signal })).token;
    } catch (error) {
      if (!(error instanceof RunwrightError) || (error.code !== "LOGIN_PENDING" && error.code !== "RATE_LIMITED")) throw error;
    }
  }
  throw new RunwrightError("LOGIN_EXPIRED", "nobody confirmed the code in time; run `runwright login` again");
}

interface ConfirmOptions {
  yes?: boolean;
  json?: boolean;
}

async function confirm(code: string, { yes: isSure, json }: ConfirmOptions, context: Context): Promise<void> {
  await withClient(context, async (client) => {
    const path = `/api/v1/login/device/${encodeURIComponent(code)}`;
    const login = await client.request<{ userCode: string; client: string; address: string }>("GET", path);
    const about = `${login.client} at ${login.address}`;
    const tell = (state: "confirmed" | "denied") =>
      json ? context.terminal.printJson({ code, ...login, state }) : context.terminal.print(`${state === "denied" ? "Denied" : "Confirmed"}: ${about}`);
    if (!isSure && !/^y(es)?$/i.test(await question(context, `${about} asks to act with your rights. Confirm? [y/N] `))) {
      await client.request("POST", `${path}/deny`);
      tell("denied");
      process.exitCode = 1;
      return;
    }
    await client.request("POST", `${path}/approve`);
    tell("confirmed");
  });
}

/** A certificate that an authority vouches for needs no pin; a self-signed one is pinned, after someone has compared it. */
async function trust(url: URL, expected: string | undefined, context: Context): Promise<string | undefined> {
  const { pin, isTrusted } = await lookAt(url);
  if (expected !== undefined) {
    if (expected !== pin)
      throw new RunwrightError("ENGINE_UNREACHABLE", `${url.origin} shows the key ${pin}, not the one that you expect: don't sign in there`);
    return pin;
  }
  if (isTrusted) return undefined;
  const answer = await question(
    context,
    `No authority vouches for ${url.origin}. Its key is\n  ${pin}\nCompare it with what \`runwright serve\` shows there. Is it the same? [y/N] `,
  );
  if (!/^y(es)?$/i.test(answer))
    throw new RunwrightError("ENGINE_UNREACHABLE", `the key of ${url.origin} wasn't accepted; give it with --pin to sign in without a question`);
  return pin;
}

function lookAt(url: URL): Promise<{ pin: string; isTrusted: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port || 443),
      servername: /^[\d.:[\]]+$/.test(url.hostname) ? "" : url.hostname,
      rejectUnauthorized: false,
      timeout: 10_000,
    });
    const fail = (cause: Error) => reject(new RunwrightError("ENGINE_UNREACHABLE", `${url.origin} can't be reached: ${cause.message}`, { cause }));
    socket.once("error", fail);
    socket.once("timeout", () => socket.destroy(new Error("no answer in 10 s")));
    socket.once("secureConnect", () => {
      resolve({ pin: pinOf(socket.getPeerCertificate().raw), isTrusted: socket.authorized });
      socket.end();
    });
  });
}

function parseUrl(text: string): URL {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  if (url && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new RunwrightError("BAD_REQUEST", `"${text}" isn't the address of an engine, such as https://runwright.example.com:4680`);
}
