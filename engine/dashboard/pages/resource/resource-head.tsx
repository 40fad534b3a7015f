import type { ComponentChildren } from "preact";
import { textOf } from "../../../core/loosely.ts";
import type { Resource } from "../../../protocol/http/resources.ts";
import { Name } from "../../parts/name.tsx";
import { Time } from "../../parts/time.tsx";

/** How a resource stands, what it is for, and who has changed it last. */
export function ResourceHead({ resource: { spec, scope, revision, updatedAt, updatedBy }, children }: { resource: Resource; children: ComponentChildren }) {
  const description = textOf(spec.description);
  return (
    <div class="head-facts">
      <p class="head-status">{children}</p>
      {description !== undefined && (
        <p class="summary">
          <Name text={description} longest={1_000} />
        </p>
      )}
      <p class="soft">
        scope <Name text={scope} longest={80} /> · revision {revision}, <Time at={updatedAt} /> by <Name text={updatedBy} longest={60} />
      </p>
    </div>
  );
}
