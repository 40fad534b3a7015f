import type { Severity } from "../../core/update.ts";
import type { XmlReader } from "./xml.ts";
import { createXmlReader } from "./xml.ts";

/** One `<update>` of an updateinfo.xml, as far as it is about packages that were asked for. */
export interface Advisory {
  id: string;
  security: boolean;
  severity: Severity;
  cves: string[];
  packages: FixedPackage[];
}

export interface FixedPackage {
  name: string;
  architecture: string;
  /** `[epoch:]version-release` of the build that has the fix. */
  version: string;
  /** The vendor suggests a reboot after installing it. */
  reboot: boolean;
}

const SEVERITIES: Readonly<Record<string, Severity>> = { critical: "critical", important: "important", moderate: "moderate", low: "low" };
export const severityOf = (word: string): Severity => SEVERITIES[word.trim().toLowerCase()] ?? "unspecified";

const CVE = /^CVE-\d{4}-\d{4,19}$/;

/**
 * Reads an updateinfo.xml (what createrepo_c and the distributions write; there is no schema). A vendor that withdraws an update marks it `retracted`: such are left out.
 * @param isWanted keeps a package of an advisory; an advisory of which none is kept isn't kept either
 */
export function updateInfoReader(isWanted: (fixed: FixedPackage) => boolean): XmlReader & { advisories: Advisory[] } {
  const advisories: Advisory[] = [];
  let advisory: Advisory | undefined;
  let retracted = false;
  let fixed: FixedPackage | undefined;
  const reader = createXmlReader({
    open({ name, attributes: is }, parents) {
      if (name === "update" && parents.length === 1) {
        advisory = { id: "", security: is.type === "security", severity: "unspecified", cves: [], packages: [] };
        retracted = is.status === "retracted";
      } else if (name === "reference" && advisory && is.type === "cve") {
        // Some vendors have the number in the title only.
        const cve = [is.id, is.title].find((text) => text !== undefined && CVE.test(text));
        if (cve !== undefined && !advisory.cves.includes(cve)) advisory.cves.push(cve);
      } else if (name === "package" && is.name && is.version) {
        const epoch = is.epoch === undefined || is.epoch === "" || is.epoch === "0" ? "" : `${is.epoch}:`;
        fixed = { name: is.name, architecture: is.arch ?? "", version: `${epoch}${is.version}-${is.release ?? ""}`, reboot: false };
      }
    },
    close({ name }, text, parents) {
      if (advisory === undefined) return;
      const parent = parents.at(-1);
      if (name === "id" && parent === "update") advisory.id = text.trim();
      else if (name === "severity" && parent === "update") advisory.severity = severityOf(text);
      else if (name === "reboot_suggested" && fixed) fixed.reboot = !/^(false|0)$/i.test(text.trim());
      else if (name === "package" && fixed) {
        if (isWanted(fixed)) advisory.packages.push(fixed);
        fixed = undefined;
      } else if (name === "update" && parents.length === 1) {
        if (!retracted && advisory.id !== "" && advisory.packages.length > 0) advisories.push(advisory);
        advisory = undefined;
      }
    },
  });
  return { ...reader, advisories };
}
