import { Type } from "typebox";
import type { AssetsPort } from "../ports.ts";
import { type HostFunction, hostFunction } from "./function.ts";

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
