import { Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Classification, MissingUpdate, RebootBehaviour, Severity } from "../../core/update.ts";
import type { PackageReport } from "./adapter.ts";

const texts = Type.Array(Type.String());
const SearchResult = Compile(
  Type.Object({
    resultCode: Type.Integer(),
    rebootReasons: Type.Optional(texts),
    lastSearchedAt: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    installed: Type.Optional(Type.Array(Type.Object({ kb: Type.String() }))),
    updates: Type.Array(
      Type.Object({
        updateId: Type.String(),
        revision: Type.Integer(),
        title: Type.String(),
        kbArticleIds: texts,
        cveIds: texts,
        msrcSeverity: Type.Union([Type.String(), Type.Null()]),
        categories: Type.Array(Type.Object({ id: Type.String(), type: Type.String() })),
        rebootBehavior: Type.Integer(),
        maxDownloadSize: Type.Number(),
        supersededIds: texts,
      }),
    ),
  }),
);
const InstallResult = Compile(
  Type.Object({
    missing: texts,
    busy: Type.Optional(Type.Boolean()),
    results: Type.Array(Type.Object({ updateId: Type.String(), downloadCode: Type.Integer(), resultCode: Type.Integer(), hresult: Type.String() })),
  }),
);

/** By the GUID of the category of type UpdateClassification, as names are translated (Microsoft: WSUS classification GUIDs). */
const CLASSIFICATIONS: Readonly<Record<string, Classification>> = {
  "e6cf1350-c01b-414d-a61f-263d14d133b4": "critical",
  "0fa1201d-4330-4fa8-8ae9-b877473b6441": "security",
  "28bc880e-0592-4cbf-8f95-c79b17911d5f": "updateRollup",
  "b54e7d24-7add-428f-8b75-90a396fa584f": "featurePack",
  "68c5b0a3-d1a6-4553-ae49-01d3a7827828": "servicePack",
  "e0789628-ce08-4437-be74-2495b842f43b": "definition",
  "b4832bd8-e735-4761-8daf-37f882276dab": "tools",
  "cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83": "updates",
  "3689bdc8-b205-4af4-8d4a-a63924c5e9d5": "featurePack", // upgrades to the next release
};
const SEVERITIES: Readonly<Record<string, Severity>> = { Critical: "critical", Important: "important", Moderate: "moderate", Low: "low" };
/** InstallationRebootBehavior (wuapi.h). */
const REBOOTS: Readonly<Record<number, RebootBehaviour>> = { 0: "never", 1: "always", 2: "possible" };
/** OperationResultCode (wuapi.h): what isn't here has installed it. */
const RESULTS: Readonly<Record<number, string>> = { 0: "it wasn't started", 1: "it is still under way", 4: "it failed", 5: "it was aborted" };
const ARCHITECTURES: readonly (readonly [RegExp, string])[] = [
  [/\bARM64\b/i, "arm64"],
  [/\bx64\b/i, "x64"],
  [/\bx86\b/i, "x86"],
];

/**
 * A search as the script prints it. Updates that another one of the list supersedes are left out: installing that one installs them.
 * @param text JSON
 * @throws Error when it isn't such an answer
 */
export function parseSearch(text: string): PackageReport {
  const value: unknown = JSON.parse(text);
  if (!SearchResult.Check(value)) throw new Error("the Windows Update Agent's answer isn't understood");
  const superseded = new Set(value.updates.flatMap(({ supersededIds }) => supersededIds));
  const updates = value.updates
    .filter(({ updateId }) => !superseded.has(updateId))
    .map((one): MissingUpdate => {
      const [kb] = one.kbArticleIds;
      const classification = one.categories.find(({ type }) => type === "UpdateClassification")?.id.toLowerCase() ?? "";
      return {
        kind: "patch",
        name: kb === undefined ? one.updateId : `KB${kb}`,
        title: one.title,
        architecture: architectureOf(one),
        installedVersion: null,
        candidateVersion: `${one.updateId}.${one.revision}`,
        classification: CLASSIFICATIONS[classification] ?? "other",
        severity: SEVERITIES[one.msrcSeverity ?? ""] ?? "unspecified",
        origin: "Windows Update",
        held: false,
        phased: false,
        rebootBehaviour: REBOOTS[one.rebootBehavior] ?? "unknown",
        cves: one.cveIds,
        advisories: [],
        sizeBytes: one.maxDownloadSize,
      };
    });
  const searchedAt = value.lastSearchedAt ? Date.parse(value.lastSearchedAt) : Number.NaN;
  const reasons = value.rebootReasons ?? [];
  return {
    packageManager: "windows-update",
    listsUpdatedAt: Number.isFinite(searchedAt) ? searchedAt : null,
    rebootPending: reasons.length > 0,
    rebootReasons: reasons,
    installed: (value.installed ?? []).map(({ kb }) => ({ name: kb, architecture: "all", version: kb, held: false })),
    updates,
    // 2: succeeded; 3: succeeded with errors, so that something may be missing from the list.
    problems: value.resultCode === 2 ? [] : [`the search of the Windows Update Agent ended with the result ${value.resultCode}`],
  };
}

/**
 * One article may have several updates of one architecture, such as one for each version of .NET. An update is known by name and architecture; the name stays the article's, so that
 * policies that name it mean all of them, and the beginning of the update's id tells them apart. It is there also where there is only one: an update must not become another one, with a
 * first-seen time of its own, when those beside it are installed.
 */
function architectureOf({ title, updateId }: { title: string; updateId: string }): string {
  const architecture = ARCHITECTURES.find(([sign]) => sign.test(title))?.[1] ?? "all";
  return `${architecture}~${updateId.slice(0, 8).toLowerCase()}`;
}

export type WindowsInstall = { kind: "busy" } | { kind: "done"; failed: Map<string, string> };

/** What became of each update, by its id. @throws Error when it isn't such an answer */
export function parseInstall(text: string): WindowsInstall {
  const value: unknown = JSON.parse(text);
  if (!InstallResult.Check(value)) throw new Error("the Windows Update Agent's answer isn't understood");
  if (value.busy === true) return { kind: "busy" };
  const failed = new Map<string, string>(value.missing.map((id) => [id, "it isn't offered any more"]));
  for (const { updateId, downloadCode, resultCode, hresult } of value.results) {
    const problem = RESULTS[resultCode];
    if (problem !== undefined)
      failed.set(updateId, RESULTS[downloadCode] === undefined ? `${problem} (${hresult})` : `its download: ${RESULTS[downloadCode]} (${hresult})`);
  }
  return { kind: "done", failed };
}

/** The id of an update in the version under which it is listed. */
export const updateIdOf = (version: string): string => version.replace(/\.\d+$/, "");
