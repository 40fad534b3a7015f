import type { Client } from "../model/client/client.ts";
import type { CommandParts } from "./parts.ts";
import { pickMachine } from "./pick.ts";
import { askParameters } from "./run.ts";

export interface DebugForm {
  name: string;
  manifest: { parameters: unknown; permissions: unknown };
  title: string;
  machine: string | undefined;
}
export interface DebugAnswers {
  params: Readonly<Record<string, unknown>>;
  dry: boolean;
  machine: string | undefined;
}

const STARTS = [
  { label: "$(debug-alt) Debug", description: "writes are done", start: "debug" },
  { label: "$(beaker) Debug Dry", description: "what would be written is recorded and shown, not done", start: "dry" },
] as const;

/** What a debug session is to work with: the form that Run uses, and on which machines. @throws CancellationError */
export async function askForDebug(parts: Pick<CommandParts, "context">, client: Client, { name, manifest, title, machine }: DebugForm): Promise<DebugAnswers> {
  let only = machine;
  const choices = Object(manifest.permissions).machines
    ? [
        {
          label: "$(vm) Machines",
          description: () => (only === undefined ? "all that it selects" : `only ${only}`),
          async change() {
            only = await pickMachine(client, `${title}: the one machine that it may reach`);
          },
        },
      ]
    : [];
  const { values, start } = await askParameters(parts, client, { name, parameters: manifest.parameters, title, starts: STARTS, choices });
  return { params: values, dry: start === "dry", machine: only };
}
