import type { DeploymentDetail } from "../../../protocol/http/deployments.ts";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

/** Who has decided about its plan, also about earlier ones; and what became of hooks that run once. */
export function Decisions({ deployment: { decisions, planHash } }: { deployment: DeploymentDetail }) {
  if (decisions.length === 0) return null;
  return (
    <Sheet name="Decisions">
      <ul class="lines-plain">
        {decisions.map(({ by, decision, planHash: about, reason, at }) => (
          <li key={`${by}${at}`}>
            <Status word={decision} /> by <Name text={by} longest={80} />, <Time at={at} />
            <span class="soft">
              {" "}
              {about === planHash ? "" : `about an earlier plan, ${about.slice(0, 12)}, which isn't any more`} <Name text={reason} longest={400} />
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

export function Hooks({ hooks }: Pick<DeploymentDetail, "hooks">) {
  if (hooks.length === 0) return null;
  return (
    <Sheet name="Hooks">
      <ul class="lines-plain">
        {hooks.map(({ at, what, ok, message }) => (
          <li key={`${at}${what}`}>
            <Status word={ok ? "completed" : "failed"} /> {at}: <Name text={what} longest={120} />{" "}
            <span class="soft">
              <Name text={message} longest={400} />
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
