import { choiceOf } from "./choice.ts";
import { type Configuration, hooksOf, tellTags, wordsOf } from "./configuration.ts";
import type { Findings } from "./findings.ts";
import { timingOfSchedule } from "./schedule-info.ts";
import type { SoftwareUpdateConfiguration } from "./shapes.ts";
import { type Group, namedGroup, noTags, queryGroups, systemOf } from "./targets.ts";

const UPDATES = "/properties/updateConfiguration";

/** A deployment of Azure Automation's Update Management. @returns undefined: what is wrong was told */
export function fromSoftwareUpdate(
  { name, id, properties }: SoftwareUpdateConfiguration,
  { now, tag, findings }: { now: number; tag: string; findings: Findings },
): Configuration | undefined {
  const { updateConfiguration: updates, scheduleInfo, tasks = {} } = properties;
  const { windows = {}, linux = {} } = updates;
  const timing = timingOfSchedule(
    { schedule: scheduleInfo, duration: updates.duration, now },
    { schedule: "/properties/scheduleInfo", duration: `${UPDATES}/duration` },
    findings,
  );
  const system = systemOf(updates.operatingSystem, `${UPDATES}/operatingSystem`, findings);
  if (timing === undefined || system === undefined) return undefined;
  const other = system === "windows" ? "linux" : "windows";
  if (Object.keys(updates[other] ?? {}).length > 0)
    findings.differs(`${UPDATES}/${other}`, `is left out: the configuration is for ${updates.operatingSystem}, so it had no effect`);
  const choice =
    system === "windows"
      ? choiceOf(
          {
            system,
            at: `${UPDATES}/windows`,
            classifications: { at: `${UPDATES}/windows/includedUpdateClassifications`, words: wordsOf(windows.includedUpdateClassifications) },
            include: { at: `${UPDATES}/windows/includedKbNumbers`, names: windows.includedKbNumbers ?? [] },
            exclude: { at: `${UPDATES}/windows/excludedKbNumbers`, names: windows.excludedKbNumbers ?? [] },
            reboot: { at: `${UPDATES}/windows/rebootSetting`, word: windows.rebootSetting },
          },
          findings,
        )
      : choiceOf(
          {
            system,
            at: `${UPDATES}/linux`,
            classifications: { at: `${UPDATES}/linux/includedPackageClassifications`, words: wordsOf(linux.includedPackageClassifications) },
            include: { at: `${UPDATES}/linux/includedPackageNameMasks`, names: linux.includedPackageNameMasks ?? [] },
            exclude: { at: `${UPDATES}/linux/excludedPackageNameMasks`, names: linux.excludedPackageNameMasks ?? [] },
            reboot: { at: `${UPDATES}/linux/rebootSetting`, word: linux.rebootSetting },
          },
          findings,
        );
  return {
    name,
    origin: id ?? `softwareUpdateConfigurations/${name}`,
    description: scheduleInfo.description ?? "",
    isEnabled: scheduleInfo.isEnabled ?? false,
    timing,
    choices: [choice],
    groups: groupsOf(updates, tag, findings),
    hooks: hooksOf(
      [
        { task: tasks.preTask, at: "/properties/tasks/preTask", point: "before" },
        { task: tasks.postTask, at: "/properties/tasks/postTask", point: "after" },
      ],
      findings,
    ),
  };
}

function groupsOf(
  { azureVirtualMachines = [], nonAzureComputerNames = [], targets = {} }: SoftwareUpdateConfiguration["properties"]["updateConfiguration"],
  tag: string,
  findings: Findings,
): Group[] {
  const use = noTags();
  const named = [
    ...azureVirtualMachines.map((name, i) => ({ name, at: `${UPDATES}/azureVirtualMachines/${i}` })),
    ...nonAzureComputerNames.map((name, i) => ({ name, at: `${UPDATES}/nonAzureComputerNames/${i}` })),
  ];
  const groups = [
    ...namedGroup(named, `azure-updates=${tag}`, findings),
    ...(targets.azureQueries ?? []).flatMap((query, i) => queryGroups(query, `${UPDATES}/targets/azureQueries/${i}`, use, findings)),
  ];
  tellTags(use, `${UPDATES}/targets`, findings);
  if (groups.length > 0) return groups;
  findings.differs(UPDATES, `names no machines; it is for those that have the tag azure-updates=${tag}`);
  return [{ terms: [`tag:azure-updates=${tag}`] }];
}
