import { Type } from "typebox";
import { RunwrightError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { AssetsPort } from "../ports.ts";
import { type HostFunction, holdsSecret, hostFunction } from "./function.ts";

const Named = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) });

interface Secret {
  value: string;
  version: number;
}

export function assetFunctions(assets: AssetsPort): HostFunction[] {
  return [
    hostFunction(Named, {
      op: "variables.get",
      effect: "read",
      refuse: ({ name }, { attempt }) =>
        attempt.manifest.permissions.variables?.includes(name)
          ? undefined
          : `the runbook doesn't declare the variable "${name}": add it to permissions.variables`,
      perform: ({ name }, { onBehalfOf }) => assets.readVariable(name, onBehalfOf),
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
    hostFunction(Named, {
      op: "secrets.get",
      effect: "read",
      refuse: ({ name }, { attempt }) =>
        attempt.manifest.permissions.secrets?.includes(name) ? undefined : `the runbook doesn't declare the secret "${name}": add it to permissions.secrets`,
      // Invariant: the value is never in the journal; a replay reads the same version again.
      async perform({ name }, { onBehalfOf, secretVersions }) {
        return { name, ...(await assets.readSecret(name, secretVersions.get(name) ?? null, onBehalfOf)) };
      },
      conceal: ({ name, version }) => ({ name, version }),
      async reveal(kept, { onBehalfOf }) {
        const { name, version } = kept as { name: string; version: number };
        return { name, ...(await assets.readSecret(name, version, onBehalfOf)) };
      },
      deliver: ({ value }) => value,
      seen({ name, value, version }: Secret & { name: string }, { masker, secretVersions }) {
        secretVersions.set(name, version);
        masker.add(value, `secret:${name}@${version}`);
      },
    }),
  ];
}
