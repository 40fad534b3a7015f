import type { Clock } from "../../core/clock.ts";
import { createNextAnswers } from "../../core/next-answer.ts";
import type { Store } from "../../store/store.ts";
import { type FacetQuestion, type MachineFacets, machineFacets } from "./facets.ts";
import { createOfferShelf } from "./offers.ts";
import { type FleetOverview, fleetOverview } from "./overview.ts";
import type { StandingKeeper } from "./standing-keeper.ts";
import type { FleetQuestion } from "./standings.ts";
import { type UpdateGroup, updateGroups } from "./update-groups.ts";

type Question = Omit<FleetQuestion, "with">;

/** Questions about all machines that somebody may see. Each reads a few hundred characters a machine, and is answered once for all who ask it at the same time. */
export function createFleetViews({ store, clock, keeper }: { store: Pick<Store, "read">; clock: Clock; keeper: Pick<StandingKeeper, "ready"> }) {
  const offers = createOfferShelf({ store });
  const answers = { overview: createNextAnswers<FleetOverview>(), facets: createNextAnswers<MachineFacets>(), groups: createNextAnswers<UpdateGroup[]>() };

  return {
    /** @throws SELECTOR_INVALID */
    async overview(question: Question): Promise<FleetOverview> {
      await keeper.ready();
      return answers.overview(keyOf(question), () => fleetOverview({ store, clock }, question));
    },
    /** @throws SELECTOR_INVALID */
    async facets(question: FacetQuestion): Promise<MachineFacets> {
      await keeper.ready();
      return answers.facets(keyOf(question), () => machineFacets({ store, clock }, question));
    },
    /** @throws SELECTOR_INVALID */
    async groups(question: Parameters<typeof updateGroups>[1]): Promise<UpdateGroup[]> {
      await keeper.ready();
      return answers.groups(keyOf(question), () => updateGroups({ store, clock, offers }, question));
    },
  };
}
export type FleetViews = ReturnType<typeof createFleetViews>;

/** Scopes in any order are the same question. */
const keyOf = ({ scopes, ...rest }: Question): string => JSON.stringify([[...new Set(scopes)].sort(), canonical(rest)]);
const canonical = (value: object): unknown => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
