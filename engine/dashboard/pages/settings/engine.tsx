import type { Readiness } from "../../../protocol/http/status.ts";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { Status } from "../../parts/status.tsx";

/** What the engine says of itself; nothing here can be changed from a page: it stands in its configuration. */
export function EngineSettings() {
  const ready = useRead<Readiness>("/readyz", { of: ["engine"] });
  return (
    <div class="columns">
      <Sheet name="Health">
        <Shown of={ready} lines={4}>
          {({ checks, warnings }) => (
            <>
              <ul class="stack">
                {checks.map(({ name, ok, detail }) => (
                  <li key={name}>
                    <Status word={name} tone={ok ? "good" : "bad"} />{" "}
                    <span class="soft">
                      <Name text={detail} />
                    </span>
                  </li>
                ))}
              </ul>
              {warnings.map((warning) => (
                <p key={warning} class="tone-warn">
                  <Name text={warning} longest={1_000} />
                </p>
              ))}
            </>
          )}
        </Shown>
      </Sheet>
    </div>
  );
}
