import { createBegin } from "./begin.ts";
import { createEnding } from "./ending.ts";
import { createFinish } from "./finish.ts";
import { createHooks } from "./hooks.ts";
import { createInstalling } from "./installing.ts";
import { type NoticeKind, noticeOf } from "./notice.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";
import { createRebootPermit } from "./reboot-permit.ts";
import { createRebooting } from "./rebooting.ts";
import { createRollingBack } from "./rolling-back.ts";
import { createShown } from "./shown.ts";

/**
 * The engine's side of a rollout. The runbook decides the order, the gates and when to go on; what may be done to a machine is decided here, in the transaction that writes
 * it down: window, freeze, approval, drift, lock, error budget and reboots. Every function may be called again with the same call, and has then done it once.
 */
export function createRollout(parts: RolloutParts) {
  return {
    ...createShown(parts),
    begin: createBegin(parts),
    install: createInstalling(parts),
    askReboot: createRebootPermit(parts),
    reboot: createRebooting(parts),
    finish: createFinish(parts),
    hook: createHooks(parts),
    end: createEnding(parts),
    ...createRollingBack(parts),
    notice: (call: RolloutCall, kind: NoticeKind) => noticeOf(parts, call, kind),
  };
}
export type Rollout = ReturnType<typeof createRollout>;
