import type * as vscode from "vscode";
import type { Documents } from "../documents/documents.ts";
import type { Client } from "../model/client/client.ts";
import type { JobNotices } from "../model/jobs/job-notices.ts";
import type { KnownEngines } from "../model/known-engines.ts";
import type { Session } from "../model/session.ts";
import type { SignInParts } from "../model/sign-in.ts";
import type { Timers } from "../model/timers.ts";
import type { Trees } from "../model/view-list.ts";
import type { PlannedFolder } from "../model/workspace/publisher.ts";
import type { Workbench } from "../model/workspace/runner.ts";
import type { Pages } from "../webviews/pages.ts";

/** The Test Explorer, as far as commands need it. */
export interface Testing {
  /** Runs the tests of a file. @throws when it has none */
  testFile(file: vscode.Uri): Promise<void>;
}

/** What commands are given; each takes what it needs. */
export interface CommandParts {
  context: vscode.ExtensionContext;
  session: Session;
  engines: KnownEngines;
  trees: Trees;
  documents: Documents;
  pages: Pages;
  workbench: Workbench;
  testing: Testing;
  /** Writes the types that come with the extension, and a configuration where there is none. @returns what was written */
  writeSdk(folder: vscode.Uri): Promise<string[]>;
  notices: Pick<JobNotices, "started">;
  plans: PlannedFolders;
  timers: Timers;
  connect: SignInParts["connect"];
  greet: SignInParts["greet"];
}

/** Plans that were shown and not applied yet, by the key of their document. */
export type PlannedFolders = Map<string, { folder: string; url: string; planned: PlannedFolder }>;

/** A command: its arguments come from menus, from rows and from whoever else calls it, so they are unknown. */
export type Run = (parts: CommandParts, ...given: readonly unknown[]) => unknown;

/** What commands throw when there is no engine to talk to: `register.ts` offers to sign in. */
export class NoEngine extends Error {}

/** @throws NoEngine */
export async function engineOf({ session }: Pick<CommandParts, "session">): Promise<Client> {
  const client = await session.client();
  if (client) return client;
  const state = session.state();
  throw new NoEngine("problem" in state ? state.problem : "Sign in to an engine first.");
}
