import { Type } from "typebox";
import { type AssetKind, PERMISSION_OF } from "../../core/asset.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { AssetReading, AssetsPort } from "../ports.ts";
import { type CallContext, type HostFunction, holdsSecret, hostFunction } from "./function.ts";

const Named = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) });

type Read = AssetReading & { name: string };

/** What the journal keeps of something secret. */
interface Reference {
  name: string;
  version: number;
}

/** Marks a reference among values of variables, which may be anything. */
const REFERENCE = "runwright:asset";

export function assetFunctions(assets: AssetsPort): HostFunction[] {
  return [
    ...(["secret", "credential", "certificate", "connection"] as const).map((kind) =>
      reader(assets, kind, {
        conceal: ({ name, version }) => ({ name, version }),
        referenceOf: (kept) => kept as unknown as Reference,
        isPinned: true,
      }),
    ),
    reader(assets, "variable", {
      conceal({ name, version, value, secrets }) {
        if (secrets !== null) return { [REFERENCE]: { name, version } };
        // A plain value that looks like a reference mustn't be taken for one.
        return isMarked(value) ? { [REFERENCE]: null, value } : value;
      },
      referenceOf: (kept) => (isMarked(kept) ? (kept[REFERENCE] as Reference | null) : null),
      plainOf: (kept) => (isMarked(kept) ? (kept.value as Json) : kept),
    }),
    hostFunction(Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }), value: Type.Unknown() }), {
      op: "variables.set",
      effect: "write",
      refuse: ({ name }, { attempt }) =>
        attempt.manifest.permissions.setVariables?.includes(name)
          ? undefined
          : `the runbook doesn't declare that it sets the variable "${name}": add it to permissions.setVariables`,
      async perform({ name, value = null }, { id, onBehalfOf, masker }) {
        // Whoever may read variables must not come by secrets.
        if (holdsSecret(masker, value))
          throw new RunwrightError("BAD_REQUEST", `the value for the variable "${name}" holds a secret that the job has read; variables are for everyone`);
        await assets.writeVariable(id, name, value as Json, onBehalfOf);
        return null;
      },
      // It is set once for each call.
      recover: () => "perform",
      dry: () => null,
    }),
  ];
}

interface Kept {
  conceal(read: Read): unknown;
  /** null: the journal holds the value itself. */
  referenceOf(kept: Json): Reference | null;
  plainOf?(kept: Json): Json;
  /** A job goes on with the version that it read first. Variables change meanwhile, and the job itself may set them. */
  isPinned?: true;
}

/** Invariant: what is secret is never in the journal; a replay reads the same version again. */
function reader(assets: AssetsPort, kind: AssetKind, { conceal, referenceOf, plainOf, isPinned }: Kept): HostFunction {
  const permission = PERMISSION_OF[kind];
  const read = async (name: string, version: number | null, { onBehalfOf }: CallContext): Promise<Read> => ({
    name,
    ...(await assets.read(kind, name, version, onBehalfOf)),
  });
  return hostFunction<typeof Named, Read>(Named, {
    op: `${permission}.get`,
    effect: "read",
    refuse: ({ name }, { attempt }) =>
      attempt.manifest.permissions[permission]?.includes(name)
        ? undefined
        : `the runbook doesn't declare the ${kind} "${name}": add it to permissions.${permission}`,
    perform: ({ name }, context) => read(name, (isPinned && context.assetVersions.get(`${kind}:${name}`)) ?? null, context),
    conceal,
    async reveal(kept, context) {
      const reference = referenceOf(kept as Json);
      if (reference !== null) return read(reference.name, reference.version, context);
      return { name: "", version: 0, secrets: null, value: plainOf?.(kept as Json) ?? null };
    },
    deliver: ({ value }) => value,
    seen({ name, version, secrets }, { masker, assetVersions }) {
      if (secrets === null) return;
      assetVersions.set(`${kind}:${name}`, version);
      for (const secret of secrets) masker.add(secret, `${kind}:${name}@${version}`);
    },
  });
}

const isMarked = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, REFERENCE);
