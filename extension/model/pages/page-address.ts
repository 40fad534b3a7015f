import { deploymentPageReader, jobPageReader, machinePageReader, type ReadPage } from "./read-pages.ts";

/** What a page is about. */
export type PageSubject = { kind: "job" | "deployment"; id: string } | { kind: "machine"; name: string; update?: string };
/** What VS Code keeps of a page, so that it comes back with the window. It is kept on disk: nothing of what the page shows is in it. */
export interface PageAddress {
  subject: PageSubject;
  /** URL; what has the same id on another engine is something else. */
  engine: string;
}

export interface PageRule {
  viewType: string;
  title: string;
  read: ReadPage;
  everyMs: number;
}

export const PAGE_VIEW_TYPES = ["runwright.job", "runwright.deployment", "runwright.machine"] as const;

const EVERY_MS = 1_000;
/** Machines report seldom. */
const MACHINE_EVERY_MS = 15_000;

export function pageRule(subject: PageSubject, now: () => number): PageRule {
  if (subject.kind === "machine") {
    const { name, update } = subject;
    return { viewType: "runwright.machine", title: name, read: machinePageReader(name, update), everyMs: MACHINE_EVERY_MS };
  }
  const { kind, id } = subject;
  return { viewType: `runwright.${kind}`, title: id, read: kind === "job" ? jobPageReader(id, now) : deploymentPageReader(id), everyMs: EVERY_MS };
}

/** One page of each. */
export const pageKey = ({ subject, engine }: PageAddress): string =>
  [engine, subject.kind, ...(subject.kind === "machine" ? [subject.name, subject.update ?? ""] : [subject.id])].join(" ");

/** What VS Code gives back, perhaps of an earlier version of the extension. @returns undefined when it isn't an address */
export function readPageAddress(state: unknown): PageAddress | undefined {
  const { subject, engine } = Object(state);
  const { kind, id, name, update } = Object(subject);
  if (typeof engine !== "string") return undefined;
  if ((kind === "job" || kind === "deployment") && isWord(id)) return { subject: { kind, id }, engine };
  if (kind === "machine" && isWord(name)) return { subject: { kind, name, ...(isWord(update) ? { update } : {}) }, engine };
  return undefined;
}

const isWord = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 1_000;
