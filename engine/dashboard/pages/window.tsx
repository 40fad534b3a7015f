import { useState } from "preact/hooks";
import type { Deployment, WindowPreview } from "../../protocol/http/deployments.ts";
import type { Resource } from "../../protocol/http/resources.ts";
import { inPath } from "../model/engine.ts";
import { mayAt } from "../model/rights.ts";
import { windowWords } from "../model/window-words.ts";
import { cut } from "../model/words.ts";
import { Name } from "../parts/name.tsx";
import { Empty, Facts, Page, Sheet } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Shown, useRead } from "../parts/read.tsx";
import { Time } from "../parts/time.tsx";
import { DeploymentTable } from "./deployment/table.tsx";
import { CancelDialog, RunNowDialog } from "./window/dialogs.tsx";
import { Outlook } from "./window/outlook.tsx";

/** A maintenance window: what it says, when it opens next and what stands in its way, and what was rolled out in it. */
export function Window({ names: { name = "" } }: { names: Readonly<Record<string, string>> }) {
  const path = `/api/v1/windows/${inPath(name)}`;
  const read = useRead<Resource>(path, { of: ["resources", "deployments"], every: 5_000 });
  const preview = useRead<WindowPreview>(`${path}/preview`, { of: ["resources", "deployments", "machines"], every: 5_000 });
  const window = read.value;
  const isOpen = preview.value?.items.some((item) => item.isOpen && item.exception === null) ?? false;
  return (
    <Page
      title={`${cut(name, 60)}, window`}
      heading={<Name text={name} longest={80} />}
      trail={[{ name: "Deployments", to: "/deployments" }]}
      actions={window && <Moves window={window} isOpen={isOpen} />}
    >
      <Shown of={read} lines={8}>
        {(found) => (
          <>
            <div class="columns halves">
              <Definition window={found} />
              <Sheet name="Next openings" padded={false}>
                <Shown of={preview} lines={10}>
                  {(shown) => <Outlook window={found} preview={shown} />}
                </Shown>
              </Sheet>
            </div>
            <DeploymentTable
              query={{ window: name }}
              empty={<Empty says="Nothing was deployed in this window yet.">Its plan stands here when it is made; or open it now, with a reason.</Empty>}
            />
          </>
        )}
      </Shown>
    </Page>
  );
}

function Moves({ window, isOpen }: { window: Resource; isOpen: boolean }) {
  const { who, location } = usePage();
  const [chosen, setChosen] = useState<"run" | "cancel">();
  if (!mayAt(who, "window.run", window.scope)) return null;
  const close = () => setChosen(undefined);
  return (
    <>
      <button type="button" class="button main" onClick={() => setChosen("run")}>
        Open now…
      </button>
      {isOpen && (
        <button type="button" class="button grave" onClick={() => setChosen("cancel")}>
          Close what is open…
        </button>
      )}
      {chosen === "run" && <RunNowDialog window={window} onClose={close} onMade={({ id }: Deployment) => location.go(`/deployments/${inPath(id)}`)} />}
      {chosen === "cancel" && <CancelDialog window={window} onClose={close} />}
    </>
  );
}

function Definition({ window: { scope, spec, revision, updatedAt, updatedBy, state } }: { window: Resource }) {
  const warnings = Array.isArray(state.warnings) ? state.warnings.filter((one) => typeof one === "string") : [];
  return (
    <Sheet name="What it says">
      {typeof spec.description === "string" && (
        <p>
          <Name text={spec.description} longest={2_000} />
        </p>
      )}
      {spec.enabled === false && <p class="tone-warn">It is disabled: it plans and starts nothing by itself.</p>}
      {warnings.map((warning) => (
        <p key={warning} class="warning">
          <Name text={warning} longest={1_000} />
        </p>
      ))}
      <Facts
        facts={[
          ["Scope", <Name key="scope" text={scope} />],
          ...windowWords(spec).map(([label, text]) => [label, <Name key={label} text={text} longest={1_000} />] as const),
          [
            "Changed",
            <span key="changed">
              <Time at={updatedAt} /> by <Name text={updatedBy} longest={80} />, revision {revision}
            </span>,
          ],
        ]}
      />
    </Sheet>
  );
}
