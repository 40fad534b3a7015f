import { isRunwrightError } from "../../../../engine/core/errors.ts";
import { parseSelector } from "../../../../engine/core/selector.ts";
import { type NamingCall, namingCalls } from "../calls.ts";
import { type Literal, memberAt, pathTo, readDefinitionLiteral } from "../definition.ts";
import type { KnownNames } from "../known-names.ts";
import { LONGEST_SOURCE } from "../runbook-file.ts";
import { scan, type Token } from "../scan.ts";
import { addPermission, type Wanted } from "./add-permission.ts";
import { removeAt } from "./remove-permission.ts";
import type { Fix } from "./text-edit.ts";

/** A diagnostic of the check or of TypeScript, as far as fixes look at it. */
export interface Finding {
  /** Such as `UNUSED_PERMISSION` or `TS2339`. */
  code: string;
  message: string;
  start: number;
  end: number;
}

interface Source {
  text: string;
  tokens: readonly Token[];
  definition: Literal & { kind: "object" };
  names: KnownNames;
}

/** What TypeScript says when something isn't declared: a capability that isn't there, or a name that isn't among those that are. */
const NOT_DECLARED = ["TS2339", "TS2551", "TS2345", "TS2322", "TS2820", "TS2769"];

/** Ways out of what a check or TypeScript has found in a runbook. */
export async function permissionFixes(text: string, finding: Finding, names: KnownNames): Promise<Fix[]> {
  if (text.length > LONGEST_SOURCE) return [];
  const tokens = scan(text);
  const definition = readDefinitionLiteral(text, tokens);
  if (!definition) return [];
  const source = { text, tokens, definition, names };
  if (finding.code === "UNUSED_PERMISSION") return unused(source, finding);
  if (finding.code === "BROAD_PERMISSION") return await broad(source, finding);
  return NOT_DECLARED.includes(finding.code) ? missing(source, finding) : [];
}

/** What the context has only with a permission. */
const CAPABILITIES: readonly string[] = ["machines", "http", "secrets", "credentials", "certificates", "connections", "variables", "jobs", "deployments"];
/** The action that a function of a machine needs. */
const ACTIONS: Readonly<Record<string, string>> = { exec: "exec", assess: "inventory", install: "install", reboot: "reboot", setTags: "tag" };

function missing({ text, tokens, definition }: Source, { message, start, end }: Finding): Fix[] {
  const calls = namingCalls(tokens);
  const [, property = ""] = /Property '(\w+)' does not exist on type/.exec(message) ?? [];
  const wanted: Wanted[] = [];
  if (Object.hasOwn(ACTIONS, property) && /MachineFacts|Machine</.test(message)) wanted.push({ permission: "machines", action: ACTIONS[property] ?? property });
  else if (CAPABILITIES.includes(property)) wanted.push(...wantedFor(property, calls, tokens));
  else {
    const isAt = (token: Token | undefined) => token !== undefined && token.start <= start && start < token.end && end <= token.end + 1;
    const call = calls.find(({ method, argument }) => isAt(method) || isAt(argument));
    const one = call && wantedOf(call);
    if (one) wanted.push(one);
  }
  return wanted.flatMap((one): Fix[] => {
    const edits = addPermission(text, definition, one);
    return edits.length === 0 ? [] : [{ title: `Add the permission ${titleOf(one)}`, edits, isPreferred: wanted.length === 1 }];
  });
}

/** Everything that the source does with a capability that isn't declared: most often one thing. */
function wantedFor(capability: string, calls: readonly NamingCall[], tokens: readonly Token[]): Wanted[] {
  if (capability === "deployments") return [{ permission: "deployments" }];
  if (capability === "machines") {
    const select = calls.find((call) => call.names === "selector" && call.argument?.kind === "string")?.argument?.text;
    const used = Object.keys(ACTIONS).find((name) => tokens.some(({ text }, i) => text === name && tokens[i - 1]?.text === "."));
    return [{ permission: "machines", ...(select === undefined ? {} : { select }), ...(used === undefined ? {} : { action: ACTIONS[used] }) }];
  }
  const found = calls.filter(({ object }) => object.text === capability).flatMap((call) => wantedOf(call) ?? []);
  return [...new Map(found.map((one) => [titleOf(one), one])).values()];
}

function wantedOf({ permission, names, argument }: NamingCall): Wanted | undefined {
  if (!argument || permission === "machines") return undefined;
  if (names === "url") {
    const origin = /^`?(https?:\/\/[^/`$?#\s]+)(?=[/`?#]|$)/.exec(argument.text)?.[1];
    return origin === undefined ? undefined : { permission, entry: origin };
  }
  return argument.kind === "string" && argument.text !== "" ? { permission, entry: argument.text } : undefined;
}

const titleOf = (wanted: Wanted): string =>
  "entry" in wanted
    ? `${wanted.permission}: ${JSON.stringify(wanted.entry)}`
    : wanted.permission === "machines" && wanted.action !== undefined
      ? `machines: ${JSON.stringify(wanted.action)}`
      : wanted.permission;

function unused({ text, definition }: Source, { message, start }: Finding): Fix[] {
  const found = pathTo(definition, start);
  if (found?.path[0] !== "permissions" || found.path.length < 2) return [];
  // The check names the list of actions as a whole, and in its words the one that isn't used.
  const action = /^the action "(\w+)"/.exec(message)?.[1];
  const actions = memberAt(definition, ["permissions", "machines", "actions"])?.value;
  const index = action !== undefined && actions?.kind === "array" ? actions.items.findIndex((item) => item.kind === "string" && item.text === action) : -1;
  if (action !== undefined && index < 0) return [];
  const path = action === undefined ? found.path : ["permissions", "machines", "actions", String(index)];
  // Machines without actions can still be read: the list stays, empty.
  if (action !== undefined && actions?.kind === "array" && actions.items.length === 1)
    return [{ title: `Remove the permission "${action}"`, edits: [{ start: actions.start + 1, end: actions.end - 1, text: "" }], isPreferred: true }];
  const edits = removeAt(text, definition, path);
  const what =
    action === undefined
      ? path
          .slice(1)
          .filter((part) => !/^\d+$/.test(part))
          .join(".")
      : `"${action}"`;
  const entry = found.literal.kind === "string" && action === undefined ? `: "${found.literal.text}"` : "";
  return edits.length === 0 ? [] : [{ title: `Remove the permission ${what}${entry}`, edits, isPreferred: true }];
}

/** So many names still read as a list of machines that somebody has chosen. */
const MOST_PINNED = 20;

async function broad({ tokens, definition, names }: Source, { start }: Finding): Promise<Fix[]> {
  const found = pathTo(definition, start);
  const member = found && memberAt(definition, found.path);
  const literal = member?.value ?? found?.literal;
  if (!found || literal?.kind !== "string") return [];
  const replaced = (title: string, by: string): Fix => ({ title, edits: [{ start: literal.start, end: literal.end, text: JSON.stringify(by) }] });
  const calls = namingCalls(tokens);
  if (found.path.join(".") === "permissions.machines.select") {
    const used = calls.flatMap(({ names: what, argument }) =>
      what === "selector" && argument?.kind === "string" && isNarrow(argument.text) ? [argument.text] : [],
    );
    const machines = (await names.of("machines")).map(({ name }) => name);
    const pins =
      machines.length > 0 && machines.length <= MOST_PINNED
        ? [replaced(`Pin to the ${machines.length === 1 ? "machine" : `${machines.length} machines`} that match now`, `name=${machines.join(",")}`)]
        : [];
    return [
      ...[...new Set(used)].map((selector) => replaced(`Pin to ${selector}, which it selects`, selector)),
      ...["os=linux", "os=windows"].map((os) => replaced(`Pin to ${os}`, os)),
      ...pins,
    ];
  }
  if (found.path[1] !== "http") return [];
  const origins = calls.flatMap((call) => (call.names === "url" ? (wantedOf(call) ?? []) : [])).flatMap((one) => ("entry" in one ? [one.entry] : []));
  const suffix = literal.text.replace(/^https?:\/\/\*/, "").split("/")[0] ?? "";
  return [...new Set(origins)].filter((origin) => origin.endsWith(suffix)).map((origin) => replaced(`Name the host ${origin}`, origin));
}

function isNarrow(selector: string): boolean {
  try {
    return parseSelector(selector).length > 0;
  } catch (error) {
    if (isRunwrightError(error)) return false;
    throw error;
  }
}
