import type { Clock } from "../../core/clock.ts";
import type { Scope } from "../../core/scope.ts";
import { parseSelector, type Selector, selectorMatches } from "../../core/selector.ts";
import type { StandingFigures } from "../../core/standing-figures.ts";
import type { ComplianceState } from "../../core/update.ts";
import type { FleetMachine, FleetPage } from "../../store/records/fleet.ts";
import type { Store } from "../../store/store.ts";
import { complianceNow } from "../assessment.ts";

/** How a machine stands now. */
export interface Standing {
  machine: FleetMachine;
  compliance: ComplianceState;
}

export interface FleetQuestion {
  scopes: readonly Scope[];
  /** Name of the only one. */
  machine?: string;
  /** Only machines that match it; default: all. */
  selector?: string;
  /** What of each machine is needed besides. */
  with: Partial<FleetPage["with"]>;
}

/** Machines read at once: what is between two reads keeps nobody waiting for long. */
const AT_ONCE = 2_500;
/** Keys that are answered without parsing tags and facts. */
const PLAIN = /^(name|scope|state)$/;

/** Machines of these scopes as they stand now, by name, page after page. @throws SELECTOR_INVALID */
export async function* standings(
  { store, clock }: { store: Pick<Store, "read">; clock: Clock },
  { scopes, machine, selector = "all", with: wanted }: FleetQuestion,
): AsyncGenerator<Standing[]> {
  const parsed = parseSelector(selector);
  if (scopes.length === 0) return;
  const needs = { updates: false, system: false, ...wanted, ...neededBy(parsed, wanted) };
  const now = clock.now();
  const read = (after: string) => store.read.fleet.page({ scopes, ...(machine === undefined ? {} : { name: machine }), after, limit: AT_ONCE, with: needs });
  for (let page: Promise<FleetMachine[]> | undefined = read(""); page; ) {
    const machines: FleetMachine[] = await page;
    const last: FleetMachine | undefined = machines.at(-1);
    // The next page is on its way while this one is counted.
    page = last && machines.length === AT_ONCE ? read(last.name) : undefined;
    page?.catch(() => {}); // whoever stops in between doesn't wait for it
    const matching = parsed.length === 0 ? machines : machines.filter((machine) => selectorMatches(parsed, machine));
    yield matching.map((machine) => ({ machine, compliance: complianceAt(machine.figures, now) }));
    // SQLite answers without any wait: others have their turn here.
    if (page) await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const SOME = ["there are some"];
const NONE: readonly string[] = [];
const complianceAt = (figures: StandingFigures | null, now: number): ComplianceState =>
  figures === null ? "notassessed" : complianceNow({ ...figures, problems: figures.problems > 0 ? SOME : NONE }, now);

const neededBy = (selector: Selector, { facts = false, tags = false }: FleetQuestion["with"]) => ({
  tags: tags || selector.some(({ key }) => key.startsWith("tag:")),
  facts: facts || selector.some(({ key }) => !PLAIN.test(key) && !key.startsWith("tag:")),
});
