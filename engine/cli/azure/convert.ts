import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { pointerPart } from "../../core/pointer.ts";
import { isRecord } from "../../core/schedule/problem.ts";
import { shapeProblems } from "../../protocol/resources/problems.ts";
import type { Configuration } from "./configuration.ts";
import { documentsOf, type ImportedDocuments, nameOf, takeNames } from "./documents.ts";
import { type Difference, type Finding, type Findings, gatherFindings } from "./findings.ts";
import { fromMaintenance } from "./maintenance.ts";
import type { AzureResource } from "./read-resources.ts";
import { ConfigurationAssignment, MaintenanceConfiguration, SoftwareUpdateConfiguration } from "./shapes.ts";
import { fromSoftwareUpdate } from "./software-update.ts";

export interface Converted {
  imported: ImportedDocuments[];
  /** When there are any, nothing of it may be used. */
  problems: Finding[];
  differences: Difference[];
}

export interface ConvertOptions {
  now: number;
  /** Members that aren't known are told and left out, instead of being wrong. */
  skipUnknown: boolean;
}

/** What configurations of Azure are here. Whatever is found, all of it is told at once. */
export function convert(resources: readonly AzureResource[], { now, skipUnknown }: ConvertOptions): Converted {
  const gathered = gatherFindings();
  const takeFile = takeNames();
  const takeName = takeNames();
  const assignments: { assignment: ConfigurationAssignment; findings: Findings }[] = [];
  const used = new Set<ConfigurationAssignment>();
  const made: { file: string; configuration: Configuration }[] = [];
  const kinds = resources.map(kindOf);

  for (const [i, resource] of resources.entries()) {
    if (kinds[i] !== "assignment") continue;
    const findings = gathered.of(shownName(resource, i));
    const assignment = read(ConfigurationAssignment, resource, findings);
    if (assignment) assignments.push({ assignment, findings });
  }
  for (const [i, resource] of resources.entries()) {
    const kind = kinds[i];
    const findings = gathered.of(shownName(resource, i));
    if (kind === "assignment") continue;
    if (kind === undefined) findings.problem("", `isn't one of ${KINDS}`);
    else if (kind === "listed") findings.problem("/properties", LISTED);
    else {
      const file = takeFile(nameOf(shownName(resource, i)));
      const configuration = kind === "software" ? softwareUpdate(resource, { file, findings }) : maintenance(resource, { file, findings });
      if (configuration) made.push({ file, configuration });
    }
  }
  for (const { assignment, findings } of assignments)
    if (!used.has(assignment)) findings.differs("/properties/maintenanceConfigurationId", "its configuration isn't in the file: left out");

  const imported = made.map(({ file, configuration }) => {
    const isWider = gathered.differences.some((one) => one.isWider && isOf(one, configuration));
    return documentsOf(configuration, { file, isWider, take: takeName });
  });
  return { imported, problems: gathered.problems, differences: gathered.differences };

  function softwareUpdate(resource: AzureResource, { file, findings }: { file: string; findings: Findings }): Configuration | undefined {
    const found = read(SoftwareUpdateConfiguration, resource, findings);
    return found && fromSoftwareUpdate(found, { now, tag: file, findings });
  }

  function maintenance(resource: AzureResource, { file, findings }: { file: string; findings: Findings }): Configuration | undefined {
    const found = read(MaintenanceConfiguration, resource, findings);
    if (found === undefined) return undefined;
    const own = assignments.filter(({ assignment }) => isAssigned(assignment, found));
    for (const { assignment } of own) used.add(assignment);
    return fromMaintenance(found, { assignments: own.map(({ assignment }) => ({ assignment, findings })), now, tag: file, findings });
  }

  function read<Schema extends TSchema>(schema: Schema, resource: AzureResource, findings: Findings) {
    const value = skipUnknown ? withoutUnknown(schema, resource, findings) : resource;
    const problems = shapeProblems(schema, value);
    const hint = (message: string) =>
      message.includes("isn't known here") ? `${message.replace(/;? known are .*$/, "")} (--skip-unknown leaves it out)` : message;
    for (const { path, message } of problems) findings.problem(path, hint(message));
    return Value.Check(schema, value) ? value : undefined;
  }
}

const KINDS = "softwareUpdateConfigurations, maintenanceConfigurations, configurationAssignments";
const LISTED = "comes from a list, which tells of schedules only how often: get each one by its name (…/softwareUpdateConfigurations/NAME)";
type Kind = "software" | "listed" | "maintenance" | "assignment";

/** By its id and type, else by what only resources of that kind have. */
function kindOf({ id, type, properties }: AzureResource): Kind | undefined {
  const place = `${String(id)}/${String(type)}`.toLowerCase();
  const has = (member: string) => isRecord(properties) && member in properties;
  if (place.includes("softwareupdateconfigurations") || has("updateConfiguration")) return has("scheduleInfo") || !has("frequency") ? "software" : "listed";
  if (place.includes("configurationassignments") || has("maintenanceConfigurationId")) return "assignment";
  return place.includes("maintenanceconfigurations") || has("maintenanceWindow") || has("maintenanceScope") ? "maintenance" : undefined;
}

const shownName = ({ name, id }: AzureResource, i: number): string =>
  typeof name === "string" && name !== "" ? name : typeof id === "string" ? id : `resource ${i + 1}`;

/** By id; a configuration without one by its name. */
function isAssigned({ properties }: ConfigurationAssignment, { id, name }: MaintenanceConfiguration): boolean {
  const wanted = properties.maintenanceConfigurationId.toLowerCase();
  return id === undefined ? wanted.endsWith(`/${name.toLowerCase()}`) : wanted === id.toLowerCase();
}

const isOf = ({ configuration }: Finding, { name }: Configuration): boolean => configuration === name;

/** What isn't known may restrict what is done: without it the configuration may do more. */
function withoutUnknown(schema: TSchema, resource: AzureResource, findings: Findings): unknown {
  const known: unknown = Value.Clean(schema, structuredClone(resource));
  tellLost(resource, known, "");
  return known;

  function tellLost(before: unknown, after: unknown, at: string): void {
    if (Array.isArray(before) && Array.isArray(after)) for (const [i, one] of before.entries()) tellLost(one, after[i], `${at}/${i}`);
    if (!isRecord(before) || !isRecord(after)) return;
    for (const [key, value] of Object.entries(before)) {
      if (key in after) tellLost(value, after[key], at + pointerPart(key));
      else findings.wider(at + pointerPart(key), "isn't known and was left out; look whether it restricts anything");
    }
  }
}
