import type { NameKind } from "./known-names.ts";
import type { Token } from "./scan.ts";

/** Functions of the context whose first argument names something: object, method → what it names. */
const CALLS: readonly { object: string; methods: readonly string[]; names: NameKind | "selector" | "url"; permission: string }[] = [
  { object: "secrets", methods: ["get"], names: "secrets", permission: "secrets" },
  { object: "credentials", methods: ["get"], names: "credentials", permission: "credentials" },
  { object: "certificates", methods: ["get"], names: "certificates", permission: "certificates" },
  { object: "connections", methods: ["get"], names: "connections", permission: "connections" },
  { object: "variables", methods: ["get"], names: "variables", permission: "variables" },
  { object: "variables", methods: ["set"], names: "variables", permission: "setVariables" },
  { object: "jobs", methods: ["run", "start"], names: "runbooks", permission: "jobs" },
  { object: "machines", methods: ["select"], names: "selector", permission: "machines" },
  { object: "machines", methods: ["get"], names: "machines", permission: "machines" },
  { object: "http", methods: ["fetch"], names: "url", permission: "http" },
];

/** A call whose first argument names what it works with. */
export interface NamingCall {
  names: NameKind | "selector" | "url";
  /** The permission that opens it. */
  permission: string;
  /** The object's name in the source. */
  object: Token;
  /** The function's. */
  method: Token;
  /** The first argument, when it is a text. */
  argument: Token | undefined;
}

/** Calls such as `secrets.get("x")` and `ctx.secrets.get<T>("x")`. */
export function namingCalls(tokens: readonly Token[]): NamingCall[] {
  return tokens.flatMap((object, i) => {
    if (object.kind !== "word" || tokens[i + 1]?.text !== ".") return [];
    const method = tokens[i + 2];
    const row = CALLS.find((one) => one.object === object.text && one.methods.includes(method?.text ?? ""));
    const open = row && openingAfter(tokens, i + 3);
    if (!row || !method || open === undefined) return [];
    const first = tokens[open + 1];
    const argument = first?.kind === "string" || first?.kind === "template" ? first : undefined;
    return [{ names: row.names, permission: row.permission, object, method, argument }];
  });
}

/** The `(` of a call, past type arguments. */
function openingAfter(tokens: readonly Token[], from: number): number | undefined {
  if (tokens[from]?.text === "(") return from;
  if (tokens[from]?.text !== "<") return undefined;
  let depth = 0;
  for (let at = from; at < Math.min(tokens.length, from + 200); at++) {
    const text = tokens[at]?.kind === "mark" ? tokens[at]?.text : "";
    if (text === "<") depth++;
    else if (text === ">" && --depth === 0) return tokens[at + 1]?.text === "(" ? at + 1 : undefined;
    else if (text === ";") return undefined;
  }
  return undefined;
}
