import type { ResourceRecord } from "../core/resource.ts";
import type { Scope } from "../core/scope.ts";
import type { Reads } from "../store/store.ts";

const PAGE = 500;

/** All documents of a kind in these scopes and below, by name. */
export async function documentsOf(
  reads: Pick<Reads, "resources">,
  kind: "MaintenanceWindow" | "Freeze" | "Schedule",
  scopes: readonly Scope[] = ["/"],
): Promise<ResourceRecord[]> {
  const found: ResourceRecord[] = [];
  for (;;) {
    const after = found.at(-1)?.name;
    const page = await reads.resources.list({ kind, scopes, ...(after === undefined ? {} : { after }), limit: PAGE });
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}
