import type { FreezeSpec as Freeze } from "../core/freeze.ts";
import { freezeProblems } from "../core/freeze-check.ts";
import { FreezeSpec } from "../protocol/resources/freeze.ts";
import type { TriggerKind } from "./kind.ts";

/** Freezes as resources. */
export const freezeKind: TriggerKind<Freeze> = {
  kind: "Freeze",
  noun: "freezes",
  command: "freeze",
  schema: FreezeSpec,
  actions: { read: "freeze.read", write: "freeze.write" },
  runbooks: () => [],

  check: async ({ spec }) => freezeProblems(spec),
};
