import type { Clock } from "../../core/clock.ts";
import type { Json } from "../../core/json.ts";
import type { Store } from "../../store/store.ts";
import { deploymentOf } from "./held.ts";
import type { RolloutCall } from "./ports.ts";

export const NOTICES = ["halted", "ended"] as const;
export type NoticeKind = (typeof NOTICES)[number];

/** What somebody outside is told, and where. */
export interface Notice {
  url: string;
  /** Name of the secret asset that signs it. */
  secret: string;
  /** Tells one piece of news from another of the same kind. */
  about: string;
  body: { readonly [key: string]: Json };
}

/** @returns null: nobody is to be told */
export async function noticeOf({ store, clock }: { store: Store; clock: Clock }, call: RolloutCall, kind: NoticeKind): Promise<Notice | null> {
  const { id, window, scope, status, reason, jobId, spec, allowedFailures } = await deploymentOf(store.read, call);
  if (spec.notify === undefined) return null;
  const counts = await store.read.deployments.counts(id);
  const data = { deployment: id, window, scope, status, reason, job: jobId, counts: { ...counts }, allowedFailures };
  return { ...spec.notify, about: `${status} ${reason}`, body: { type: `deployment.${kind}`, timestamp: new Date(clock.now()).toISOString(), data } };
}
