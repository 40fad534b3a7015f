import type { ComponentType } from "preact";
import type { Action } from "../../core/role.ts";
import { mayAnywhere } from "../model/rights.ts";
import { Page, Tabs } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { EngineSettings } from "./settings/engine.tsx";
import { People } from "./settings/people.tsx";
import { Roles } from "./settings/roles.tsx";
import { Scopes } from "./settings/scopes.tsx";
import { SignOutEverywhere } from "./settings/sign-out-everywhere.tsx";
import { Tokens } from "./settings/tokens.tsx";

/** `needs`: who may not do this anywhere doesn't see it. */
const TABS: readonly { id: string; name: string; part: ComponentType; needs?: Action }[] = [
  { id: "", name: "Tokens and sessions", part: Tokens },
  { id: "people", name: "People", part: People, needs: "role.write" },
  { id: "roles", name: "Roles", part: Roles },
  { id: "scopes", name: "Scopes", part: Scopes },
  { id: "engine", name: "Engine", part: EngineSettings },
];

export function Settings() {
  const { location, who } = usePage();
  const tabs = TABS.filter(({ needs }) => needs === undefined || mayAnywhere(who, needs));
  const tab = tabs.find(({ id }) => id === location.place.value.query.tab) ?? TABS[0];
  return (
    <Page title="Settings" actions={<SignOutEverywhere />}>
      <Tabs label="Settings" current={tab?.id ?? ""} tabs={tabs.map(({ id, name }) => ({ id, name, to: id === "" ? "/settings" : `/settings?tab=${id}` }))} />
      {tab && <tab.part />}
    </Page>
  );
}
