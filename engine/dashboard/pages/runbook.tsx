import type { RunbookDetails } from "../../protocol/http/runbooks.ts";
import { inPath } from "../model/engine.ts";
import { mayAt } from "../model/rights.ts";
import { counted, cut } from "../model/words.ts";
import { Link } from "../parts/link.tsx";
import { Name } from "../parts/name.tsx";
import { Page, Tabs } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Shown, useRead } from "../parts/read.tsx";
import { Time } from "../parts/time.tsx";
import { JobsOf } from "./runbook/jobs-of.tsx";
import { PermissionsOf } from "./runbook/permissions-of.tsx";
import { Run } from "./runbook/run.tsx";
import { SourceOf } from "./runbook/source-of.tsx";
import { Starters } from "./runbook/starters.tsx";
import { Versions } from "./runbook/versions.tsx";

const TABS = ["source", "permissions", "run", "versions", "jobs", "starters"] as const;
type Tab = (typeof TABS)[number];
const NAMES: Readonly<Record<Tab, string>> = {
  source: "Source",
  permissions: "Permissions",
  run: "Run",
  versions: "Versions",
  jobs: "Jobs",
  starters: "Started by",
};

export function Runbook({ names: { name = "" } }: { names: Readonly<Record<string, string>> }) {
  const { location, who } = usePage();
  const address = `/runbooks/${inPath(name)}`;
  const { tab: wanted } = location.place.value.query;
  const tab = TABS.find((one) => one === wanted) ?? "source";
  const runbook = useRead<RunbookDetails>(`/api/v1/runbooks/${inPath(name)}`, { of: ["runbooks"] });
  const found = runbook.value;
  const mayRun = found !== undefined && found.deletedAt === null && mayAt(who, "job.run", found.scope);
  const tabs = TABS.filter((id) => id !== "run" || mayRun || tab === "run").map((id) => ({
    id,
    name: NAMES[id],
    to: id === "source" ? address : `${address}?tab=${id}`,
  }));
  return (
    <Page
      title={cut(name, 80)}
      heading={<Name text={name} longest={80} />}
      trail={[{ name: "Runbooks", to: "/runbooks" }]}
      actions={
        mayRun && tab !== "run" ? (
          <Link class="button main" to={`${address}?tab=run`}>
            Run
          </Link>
        ) : undefined
      }
    >
      <Shown of={runbook} lines={2}>
        {(shown) => <Head runbook={shown} />}
      </Shown>
      <Tabs label="Parts of this runbook" current={tab} tabs={tabs} />
      <Shown of={runbook} lines={10}>
        {(shown) => (
          <>
            {tab === "source" && <SourceOf runbook={shown} />}
            {tab === "permissions" && <PermissionsOf runbook={shown} />}
            {tab === "run" && <Run key={shown.id} runbook={shown} />}
            {tab === "versions" && <Versions runbook={shown} />}
            {tab === "jobs" && <JobsOf runbook={shown.name} />}
            {tab === "starters" && <Starters runbook={shown.name} />}
          </>
        )}
      </Shown>
    </Page>
  );
}

function Head({ runbook: { latest, draft, scope, deletedAt, deletedBy } }: { runbook: RunbookDetails }) {
  const summary = (latest ?? draft)?.manifest.summary ?? "";
  return (
    <div class="head-facts">
      {summary !== "" && (
        <p class="summary">
          <Name text={summary} longest={600} />
        </p>
      )}
      <p class="soft">
        {latest ? (
          <>
            {counted(latest.version, "version")}, the newest <Time at={latest.publishedAt} /> by <Name text={latest.publishedBy} longest={60} />
          </>
        ) : (
          "Never published"
        )}
        {draft && (
          <>
            {" · "}draft of <Time at={draft.updatedAt} /> by <Name text={draft.updatedBy} longest={60} />
          </>
        )}
        {" · "}scope <Name text={scope} longest={80} />
        {deletedAt !== null && (
          <strong class="tone-bad">
            {" · "}deleted <Time at={deletedAt} /> by <Name text={deletedBy ?? ""} longest={60} />
          </strong>
        )}
      </p>
    </div>
  );
}
