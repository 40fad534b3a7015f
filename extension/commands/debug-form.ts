import type { Client } from "../model/client/client.ts";
import { askToPick } from "./ask-for.ts";
import type { CommandParts } from "./parts.ts";
import { pickMachine } from "./pick.ts";
import { askParameters } from "./run.ts";

export interface DebugForm {
  name: string;
  manifest: { parameters: unknown; permissions: unknown };
  title: string;
  machine: string | undefined;
  /** The file of a fake fleet beside the runbook, for people; undefined: there is none. */
  fleet: string | undefined;
}
export interface DebugAnswers {
  params: Readonly<Record<string, unknown>>;
  dry: boolean;
  machine: string | undefined;
  isInFleet: boolean;
}

type Lane = "all" | "one" | "fleet";

const STARTS = [
  { label: "$(debug-alt) Debug", description: "writes are done", start: "debug" },
  { label: "$(beaker) Debug Dry", description: "what would be written is recorded and shown, not done", start: "dry" },
] as const;

/** What a debug session is to work with: the form that Run uses, and on which machines. @throws CancellationError */
export async function askForDebug(
  parts: Pick<CommandParts, "context">,
  client: Client,
  { name, manifest, title, machine, fleet }: DebugForm,
): Promise<DebugAnswers> {
  let only = machine;
  let isInFleet = false;

  async function change(): Promise<void> {
    const lane = fleet === undefined ? "one" : await pickLane(title, fleet);
    const picked = lane === "one" ? await pickMachine(client, `${title}: the one machine that it may reach`) : undefined;
    isInFleet = lane === "fleet";
    only = picked;
  }

  const description = () => (isInFleet ? `fake ones, of ${fleet}` : only === undefined ? "all that it selects" : `only ${only}`);
  const choices = fleet !== undefined || Object(manifest.permissions).machines ? [{ label: "$(vm) Machines", description, change }] : [];
  const { values, start } = await askParameters(parts, client, { name, parameters: manifest.parameters, title, starts: STARTS, choices });
  return { params: values, dry: start === "dry", machine: only, isInFleet };
}

async function pickLane(title: string, fleet: string): Promise<Lane> {
  const lanes: { label: string; description: string; lane: Lane }[] = [
    { label: "$(beaker) Fake Fleet", description: `${fleet}, on this computer`, lane: "fleet" },
    { label: "$(vm) One Machine…", description: "whatever it selects", lane: "one" },
    { label: "$(server-environment) All", description: "that it selects", lane: "all" },
  ];
  return (await askToPick(lanes, { title, placeHolder: "Which machines may it reach?" })).lane;
}
