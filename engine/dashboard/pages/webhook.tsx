import { useState } from "preact/hooks";
import { textOf } from "../../core/loosely.ts";
import type { Resource } from "../../protocol/http/resources.ts";
import { inPath } from "../model/engine.ts";
import { mayAt } from "../model/rights.ts";
import { webhookFacts } from "../model/spec-facts.ts";
import { cut } from "../model/words.ts";
import { Name } from "../parts/name.tsx";
import { Facts, Page, Sheet, Tabs } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Shown, useRead } from "../parts/read.tsx";
import { Time } from "../parts/time.tsx";
import { ResourceHead } from "./resource/resource-head.tsx";
import { ResourceMoves } from "./resource/resource-moves.tsx";
import { RunsOf } from "./resource/runs-of.tsx";
import { Deliveries } from "./webhook/deliveries.tsx";
import { Rotate } from "./webhook/rotate.tsx";
import { Tokens } from "./webhook/tokens.tsx";
import { TryOut } from "./webhook/try-out.tsx";
import { WebhookState } from "./webhook/webhook-state.tsx";

const TABS = [
  { id: "deliveries", name: "Deliveries" },
  { id: "definition", name: "Definition" },
  { id: "test", name: "Test" },
] as const;

export function Webhook({ names: { name = "" } }: { names: Readonly<Record<string, string>> }) {
  const { location, who } = usePage();
  const [isRotating, setRotating] = useState(false);
  const address = `/webhooks/${inPath(name)}`;
  const { tab: wanted } = location.place.value.query;
  const webhook = useRead<Resource>(`/api/v1${address}`, { of: ["resources"] });
  const found = webhook.value;
  const mayWrite = found !== undefined && mayAt(who, "webhook.write", found.scope);
  const mayTest = mayWrite && mayAt(who, "job.run", found.scope);
  const tab = TABS.find(({ id }) => id === wanted)?.id ?? "deliveries";
  const tabs = TABS.filter(({ id }) => id !== "test" || mayTest || tab === "test");
  return (
    <Page
      title={cut(name, 80)}
      heading={<Name text={name} longest={80} />}
      trail={[{ name: "Webhooks", to: "/webhooks" }]}
      actions={
        found &&
        mayWrite && (
          <>
            <button type="button" class="button main" onClick={() => setRotating(true)}>
              New address
            </button>
            <ResourceMoves resource={found} noun="webhooks" action="webhook.write" listed="/webhooks" />
          </>
        )
      }
    >
      <Shown of={webhook} lines={2}>
        {(shown) => (
          <ResourceHead resource={shown}>
            <WebhookState webhook={shown} /> <span class="soft">ends</span> <Time at={textOf(shown.state.expiresAt)} />
          </ResourceHead>
        )}
      </Shown>
      <Tabs
        label="Parts of this webhook"
        current={tab}
        tabs={tabs.map(({ id, name }) => ({ id, name, to: id === "deliveries" ? address : `${address}?tab=${id}` }))}
      />
      {tab === "deliveries" && <Deliveries name={name} mayReplay={mayTest} />}
      {tab === "definition" && found && (
        <div class="columns">
          <Sheet name="What it takes">
            <Facts facts={webhookFacts(found.spec).map(([name, value]) => [name, <Name key={name} text={value} />])} />
          </Sheet>
          <RunsOf spec={found.spec} />
          <Tokens webhook={found} />
        </div>
      )}
      {tab === "test" && found && <TryOut webhook={found} />}
      {isRotating && found && <Rotate webhook={found} onClose={() => setRotating(false)} />}
    </Page>
  );
}
