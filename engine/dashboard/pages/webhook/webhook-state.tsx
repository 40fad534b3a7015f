import { isEnabled, listOf } from "../../../core/loosely.ts";
import type { Resource } from "../../../protocol/http/resources.ts";
import { Status } from "../../parts/status.tsx";

/** Whether it takes anything, and why not. */
export function WebhookState({ webhook: { spec, state } }: { webhook: Resource }) {
  if (!isEnabled(spec)) return <Status word="disabled" tone="quiet" />;
  if (state.expired === true) return <Status word="expired" tone="bad" />;
  if (listOf(state.tokens).length === 0) return <Status word="has no address" tone="warn" />;
  return <Status word="takes requests" tone="good" />;
}
