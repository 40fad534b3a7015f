import { type AzureChoice, type Choice, choiceOf } from "./choice.ts";
import { type Configuration, hooksOf, tellTags } from "./configuration.ts";
import type { Findings } from "./findings.ts";
import { timingOfWindow } from "./recur-every.ts";
import type { ConfigurationAssignment, MaintenanceConfiguration } from "./shapes.ts";
import { filterGroups, type Group, namedGroup, noTags } from "./targets.ts";

const PATCHES = "/properties/installPatches";
type Patches = NonNullable<MaintenanceConfiguration["properties"]["installPatches"]>;

export interface MaintenanceParts {
  /** Those of this configuration, as far as they are in the file. */
  assignments: readonly { assignment: ConfigurationAssignment; findings: Findings }[];
  now: number;
  tag: string;
  findings: Findings;
}

/** A schedule of Azure Update Manager. @returns undefined: it isn't about updates of machines, or what is wrong was told */
export function fromMaintenance(
  { name, id, properties }: MaintenanceConfiguration,
  { assignments, now, tag, findings }: MaintenanceParts,
): Configuration | undefined {
  const { maintenanceScope = "InGuestPatch", maintenanceWindow, installPatches = {} } = properties;
  if (maintenanceScope.toLowerCase() !== "inguestpatch") {
    findings.differs("/properties/maintenanceScope", `${maintenanceScope} is no update of machines' software (InGuestPatch): left out`);
    return undefined;
  }
  if (maintenanceWindow === undefined) {
    findings.problem("/properties", "must have maintenanceWindow");
    return undefined;
  }
  const timing = timingOfWindow(maintenanceWindow, now, "/properties/maintenanceWindow", findings);
  if (timing === undefined) return undefined;
  const { tasks: { preTasks = [], postTasks = [] } = {} } = installPatches;
  return {
    name,
    origin: id ?? `maintenanceConfigurations/${name}`,
    description: "",
    isEnabled: true,
    timing,
    choices: choicesOf(installPatches, findings),
    groups: groupsOf(assignments, tag, findings),
    hooks: hooksOf(
      [
        ...[...preTasks, ...(installPatches.preTasks ?? [])].map((task, i) => ({ task, at: `${PATCHES}/preTasks/${i}`, point: "before" as const })),
        ...[...postTasks, ...(installPatches.postTasks ?? [])].map((task, i) => ({ task, at: `${PATCHES}/postTasks/${i}`, point: "after" as const })),
      ],
      findings,
    ),
  };
}

function choicesOf({ rebootSetting, windowsParameters: windows, linuxParameters: linux }: Patches, findings: Findings): Choice[] {
  const reboot = { at: `${PATCHES}/rebootSetting`, word: rebootSetting };
  const asked: AzureChoice[] = [];
  if (windows !== undefined) {
    const at = `${PATCHES}/windowsParameters`;
    asked.push({
      system: "windows",
      at,
      classifications: { at: `${at}/classificationsToInclude`, words: windows.classificationsToInclude ?? [] },
      include: { at: `${at}/kbNumbersToInclude`, names: windows.kbNumbersToInclude ?? [] },
      exclude: { at: `${at}/kbNumbersToExclude`, names: windows.kbNumbersToExclude ?? [] },
      reboot,
    });
    if (windows.excludeKbsRequiringReboot === true)
      findings.wider(
        `${at}/excludeKbsRequiringReboot`,
        "updates that need a reboot aren't left out as such; exclude them by name, or let the window never reboot (reboot: never)",
      );
  }
  if (linux !== undefined) {
    const at = `${PATCHES}/linuxParameters`;
    asked.push({
      system: "linux",
      at,
      classifications: { at: `${at}/classificationsToInclude`, words: linux.classificationsToInclude ?? [] },
      include: { at: `${at}/packageNameMasksToInclude`, names: linux.packageNameMasksToInclude ?? [] },
      exclude: { at: `${at}/packageNameMasksToExclude`, names: linux.packageNameMasksToExclude ?? [] },
      reboot,
    });
  }
  if (asked.length === 0) findings.problem(PATCHES, "says neither what is installed on Windows (windowsParameters) nor on Linux (linuxParameters)");
  return asked.map((one) => choiceOf(one, findings));
}

function groupsOf(assignments: MaintenanceParts["assignments"], tag: string, findings: Findings): Group[] {
  const use = noTags();
  const single = assignments.flatMap(({ assignment: { properties } }) =>
    properties.filter === undefined ? [{ name: properties.resourceId ?? "", at: "/properties/resourceId" }] : [],
  );
  const groups = [
    ...namedGroup(single, `azure-updates=${tag}`, findings),
    ...assignments.flatMap(({ assignment, findings }) => filterGroups(assignment, use, findings)),
  ];
  tellTags(use, "/properties", findings);
  if (groups.length > 0) return groups;
  findings.differs(
    "/properties",
    `which machines it is for isn't in the file (configurationAssignments); it is for those that have the tag azure-updates=${tag}`,
  );
  return [{ terms: [`tag:azure-updates=${tag}`] }];
}
