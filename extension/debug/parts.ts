import type * as vscode from "vscode";
import type { Client } from "../model/client/client.ts";
import type { Events } from "../model/events.ts";
import type { Timers } from "../model/timers.ts";
import type { Program } from "../model/workspace/program.ts";
import type { Workbench } from "../model/workspace/runner.ts";

/** What debugging is given. */
export interface DebugParts {
  /** Undefined: there is none to talk to. */
  client(): Promise<Client | undefined>;
  events: Events;
  workbench: Pick<Workbench, "program" | "publisherFor" | "debugInFleet">;
  readVersion(client: Client, runbook: string, version: number): Promise<{ sources: readonly { path: string; text: string }[] }>;
  /** For sources as they were, which differ from the workspace's. */
  storage: vscode.Uri;
  /** The form that Run uses. @throws CancellationError */
  ask(
    client: Client,
    form: { name: string; manifest: { parameters: unknown; permissions: unknown }; title: string; machine: string | undefined; fleet: string | undefined },
  ): Promise<{ params: Readonly<Record<string, unknown>>; dry: boolean; machine: string | undefined; isInFleet: boolean }>;
  timers: Pick<Timers, "after">;
  /** Jobs have changed. */
  changed(): void;
}

/** What a session begins with, once all is known. */
export type Prepared =
  | {
      kind: "run";
      runbook: string;
      file: vscode.Uri;
      draft: { bundleHash: string } | undefined;
      version: number | undefined;
      params: Readonly<Record<string, unknown>>;
      dry: boolean;
      machine: string | undefined;
      /** For people: who has checked and bundled it. */
      by: string;
    }
  | {
      kind: "fleet";
      program: Program;
      runbook: string;
      file: vscode.Uri;
      /** Path of a module. */
      fleet: string;
      params: Readonly<Record<string, unknown>> | undefined;
      dry: boolean;
    }
  | { kind: "replay"; job: string; from: number | undefined; allow: readonly string[] };
