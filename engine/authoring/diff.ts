import { createTwoFilesPatch } from "diff";
import type { Manifest } from "../core/manifest.ts";
import type { SourceFile } from "./modules.ts";
import { diffPermissions, type PermissionChange } from "./permission-diff.ts";

/** What is compared: a published version or a draft. */
export interface VersionContent {
  /** How it is called in the diff, such as `hello@3`. */
  label: string;
  sources: readonly SourceFile[];
  manifest: Manifest;
}

export interface FileChange {
  path: string;
  change: "added" | "removed" | "changed";
  /** Unified diff, as `diff -u` and git write it. */
  patch: string;
}

export interface VersionDiff {
  /** By path; files that are equal don't appear. */
  files: FileChange[];
  permissions: PermissionChange[];
  /** Whether any permission was widened: what a reviewer must look at. */
  widened: boolean;
}

/** For all files: the time that finding the shortest patch takes grows with the square of the differences, and everyone else waits for it. */
const PATIENCE_MS = 500;

export function diffVersions(before: VersionContent, after: VersionContent): VersionDiff {
  const giveUpAt = performance.now() + PATIENCE_MS;
  const was = new Map(before.sources.map(({ path, text }) => [path, text]));
  const is = new Map(after.sources.map(({ path, text }) => [path, text]));
  const files = [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((path): FileChange[] => {
    const [older, newer] = [was.get(path), is.get(path)];
    if (older === newer) return [];
    const name = (label: string, text: string | undefined) => (text === undefined ? "/dev/null" : `${label}/${path}`);
    const [from, to] = [name(before.label, older), name(after.label, newer)];
    const timeout = Math.max(1, giveUpAt - performance.now());
    const patch =
      createTwoFilesPatch(from, to, older ?? "", newer ?? "", undefined, undefined, { context: 3, timeout }) ??
      `--- ${from}\n+++ ${to}\n@@ too different to be compared line by line @@\n`;
    return [{ path, change: older === undefined ? "added" : newer === undefined ? "removed" : "changed", patch: patch.replace(/^=+\n/, "") }];
  });
  const permissions = diffPermissions(before.manifest, after.manifest);
  return { files, permissions, widened: permissions.some((one) => one.widened) };
}
