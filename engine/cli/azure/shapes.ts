import { type Static, type TProperties, Type } from "typebox";
import { Closed } from "../../protocol/http/shapes.ts";

/*
 * Azure's resources as their REST interfaces return them, without members that are null. Sources: Azure/azure-rest-api-specs, Microsoft.Automation 2017-05-15-preview to 2019-06-01
 * (softwareUpdateConfiguration.json) and Microsoft.Maintenance 2021-04-01 to 2025-11-01 (models.tsp). Members that say nothing about what is done are known, so that others stand out.
 */

const Text = Type.String({ maxLength: 10_000 });
const Texts = Type.Array(Text, { maxItems: 10_000 });
const optional = <Properties extends TProperties>(properties: Properties) => Closed(partial(properties));
const partial = <Properties extends TProperties>(properties: Properties) =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)])) as unknown as {
    [Name in keyof Properties]: ReturnType<typeof Type.Optional<Properties[Name]>>;
  };

/** What surrounds each resource. */
const envelope = {
  id: Type.Optional(Text),
  name: Text,
  type: Type.Optional(Text),
  location: Type.Optional(Text),
  etag: Type.Optional(Text),
  tags: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  systemData: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
};

const TagSettings = optional({ tags: Type.Record(Type.String(), Texts), filterOperator: Text });

const schedule = {
  ...{ startTime: Text, expiryTime: Text, isEnabled: Type.Boolean(), frequency: Text, interval: Type.Number(), timeZone: Text, description: Type.String() },
  ...{ startTimeOffsetMinutes: Type.Number(), expiryTimeOffsetMinutes: Type.Number(), nextRunOffsetMinutes: Type.Number() },
  ...{ nextRun: Text, creationTime: Text, lastModifiedTime: Text },
  advancedSchedule: optional({
    weekDays: Texts,
    monthDays: Type.Array(Type.Integer()),
    monthlyOccurrences: Type.Array(Closed({ occurrence: Type.Integer(), day: Text })),
  }),
};
export const ScheduleInfo = optional(schedule);
export type ScheduleInfo = Static<typeof ScheduleInfo>;

const AzureQuery = optional({ scope: Texts, location: Texts, locations: Texts, tagSettings: TagSettings });
export type AzureQuery = Static<typeof AzureQuery>;

const Parameters = Type.Record(Type.String(), Type.Unknown());
const HookTask = optional({ source: Text, parameters: Parameters });
export type HookTask = Static<typeof HookTask>;

const UpdateConfiguration = Closed({
  operatingSystem: Text,
  ...partial({
    windows: optional({ includedUpdateClassifications: Text, excludedKbNumbers: Texts, includedKbNumbers: Texts, rebootSetting: Text }),
    linux: optional({ includedPackageClassifications: Text, excludedPackageNameMasks: Texts, includedPackageNameMasks: Texts, rebootSetting: Text }),
    duration: Text,
    azureVirtualMachines: Texts,
    nonAzureComputerNames: Texts,
    targets: optional({ azureQueries: Type.Array(AzureQuery) }),
  }),
});
export type UpdateConfiguration = Static<typeof UpdateConfiguration>;

/** Azure Automation's Update Management. */
export const SoftwareUpdateConfiguration = Closed({
  ...envelope,
  properties: Closed({
    updateConfiguration: UpdateConfiguration,
    scheduleInfo: ScheduleInfo,
    ...partial({
      tasks: optional({ preTask: HookTask, postTask: HookTask }),
      ...{ provisioningState: Text, error: Type.Unknown(), createdBy: Type.String(), lastModifiedBy: Type.String() },
      ...{ creationTime: Text, lastModifiedTime: Text },
    }),
  }),
});
export type SoftwareUpdateConfiguration = Static<typeof SoftwareUpdateConfiguration>;

const InstallPatches = optional({
  rebootSetting: Text,
  windowsParameters: optional({
    ...{ classificationsToInclude: Texts, kbNumbersToInclude: Texts, kbNumbersToExclude: Texts },
    excludeKbsRequiringReboot: Type.Boolean(),
  }),
  linuxParameters: optional({ classificationsToInclude: Texts, packageNameMasksToInclude: Texts, packageNameMasksToExclude: Texts }),
  tasks: optional({ preTasks: Type.Array(HookTask), postTasks: Type.Array(HookTask) }),
  ...{ preTasks: Type.Array(HookTask), postTasks: Type.Array(HookTask) },
});

/** Azure Update Manager's schedules, and other kinds of maintenance. */
export const MaintenanceConfiguration = Closed({
  ...envelope,
  properties: optional({
    ...{ namespace: Text, visibility: Text, maintenanceScope: Text, extensionProperties: Parameters },
    maintenanceWindow: optional({ startDateTime: Text, expirationDateTime: Text, duration: Text, timeZone: Text, recurEvery: Text }),
    installPatches: InstallPatches,
  }),
});
export type MaintenanceConfiguration = Static<typeof MaintenanceConfiguration>;

/** Which machines a maintenance configuration is for: one of them, or a dynamic scope. */
export const ConfigurationAssignment = Closed({
  ...envelope,
  properties: Closed({
    maintenanceConfigurationId: Text,
    ...partial({
      resourceId: Text,
      filter: optional({ resourceTypes: Texts, resourceGroups: Texts, osTypes: Texts, locations: Texts, tagSettings: TagSettings }),
    }),
  }),
});
export type ConfigurationAssignment = Static<typeof ConfigurationAssignment>;
