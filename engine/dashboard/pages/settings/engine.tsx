import type { ComponentChildren } from "preact";
import type { About, Readiness } from "../../../protocol/http/status.ts";
import { settingFacts } from "../../model/settings-facts.ts";
import { Name } from "../../parts/name.tsx";
import { Facts, Sheet } from "../../parts/page.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

/** What the engine says of itself. Nothing of it is changed from a page: it stands in the engine's configuration. */
export function EngineSettings() {
  const ready = useRead<Readiness>("/readyz", { of: ["engine"] });
  const about = useRead<About>("/api/v1/about", { of: ["engine"] });
  const settings = useRead<unknown>("/api/v1/settings", { of: ["engine"] });
  return (
    <div class="columns">
      <Sheet name="Health">
        <Shown of={ready} lines={4}>
          {({ checks, warnings }) => <Health checks={checks} warnings={warnings} />}
        </Shown>
        <Shown of={about} lines={2}>
          {({ version, api }) => (
            <Facts
              facts={[
                ["Version", version],
                ["Clients", `of levels ${api.oldest} to ${api.newest}`],
              ]}
            />
          )}
        </Shown>
      </Sheet>
      <Sheet name="Configuration and retention">
        <Shown of={settings} lines={10}>
          {(value) => (
            <Facts
              facts={settingFacts(value).map(({ name, at, text }): [string, ComponentChildren] => [
                name,
                at === undefined ? <Name text={text} /> : <Time at={at} />,
              ])}
            />
          )}
        </Shown>
        <p class="soft">Set in the configuration file or by environment variables, and read when the engine starts; docs/configuration.md tells of each.</p>
      </Sheet>
    </div>
  );
}

function Health({ checks, warnings }: Pick<Readiness, "checks" | "warnings">) {
  return (
    <>
      <ul class="checks">
        {checks.map(({ name, ok, detail }) => (
          <li key={name}>
            <Status word={name} tone={ok ? "good" : "bad"} /> <span class="soft">{detail !== "" && <Name text={detail} />}</span>
          </li>
        ))}
      </ul>
      {warnings.map((warning) => (
        <p key={warning}>
          <Status word="warning" tone="warn" /> <Name text={warning} longest={1_000} />
        </p>
      ))}
    </>
  );
}
