import { type Vulnerability, worstOfAll } from "../../core/vulnerability.ts";
import type { Store } from "../../store/store.ts";

/** What the imported data says of vulnerabilities; of several sources the worst. Of those that it doesn't know nothing is there. */
export async function aboutCves({ read }: Pick<Store, "read">, cves: readonly string[]): Promise<Map<string, Omit<Vulnerability, "cve">>> {
  if (cves.length === 0) return new Map();
  const said = await read.vulnerabilities.about({ editions: await read.vulnerabilities.editions(), cves });
  return new Map([...Map.groupBy(said, ({ cve }) => cve)].map(([cve, all]) => [cve, worstOfAll(all)]));
}
