import { type Static, Type } from "typebox";
import { DELIVERY_STATUSES } from "../../core/webhook.ts";
import { DurationText } from "../resources/shapes.ts";
import { Wait } from "./jobs.ts";
import { Closed, Nullable, OneOf, page, Time } from "./shapes.ts";

/** What `/hooks/TOKEN` answers. */
export const HookAnswer = Type.Object({
  jobIds: Type.Array(Type.String()),
  /** Why nothing was started, though all is well. */
  skipped: Type.Optional(Type.String()),
  /** With `?wait=`, when all have ended in time. */
  jobs: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        status: Type.String(),
        failureCode: Nullable(Type.String()),
        error: Type.Unknown(),
        outputs: Type.Array(Type.Unknown()),
      }),
    ),
  ),
});
export type HookAnswer = Static<typeof HookAnswer>;
export const HookQuery = Type.Object({ wait: Wait });

export const RotateRequest = Closed({
  overlap: Type.Optional({ ...DurationText, description: "How long tokens that are there stay valid, at most 30d; 0s revokes them at once. Default: 24h" }),
});
/** The one time at which the token is shown. */
export const RotatedToken = Type.Object({ token: Type.String(), url: Type.String(), expiresAt: Time, othersEndAt: Time });
export type RotatedToken = Static<typeof RotatedToken>;

export const TestRequest = Closed({
  body: Type.Optional(Type.String({ description: "As it would be sent" })),
  contentType: Type.Optional(Type.String({ maxLength: 200, description: "Default: application/json" })),
  headers: Type.Optional(Type.Record(Type.String({ pattern: "^[A-Za-z0-9-]{1,100}$" }), Type.String({ maxLength: 8_000 }))),
  query: Type.Optional(Type.Record(Type.String(), Type.String())),
  dry: Type.Optional(Type.Boolean({ description: "Only say what would be started" })),
});
export const TestAnswer = Type.Object({
  jobIds: Type.Array(Type.String()),
  skipped: Type.Optional(Type.String()),
  wouldStart: Type.Optional(Type.Array(Type.Object({ runbook: Type.String(), parameters: Type.Unknown() }))),
});
export type TestAnswer = Static<typeof TestAnswer>;

export const DeliveryQuery = Closed({ ...page, status: Type.Optional(OneOf(DELIVERY_STATUSES)) });
const delivery = {
  id: Type.String(),
  receivedAt: Time,
  address: Type.String(),
  status: OneOf(DELIVERY_STATUSES),
  reason: Type.String(),
  jobIds: Type.Array(Type.String()),
  replayOf: Nullable(Type.String()),
};
export const Delivery = Type.Object(delivery);
export type Delivery = Static<typeof Delivery>;
export const DeliveryDetail = Type.Object({
  ...delivery,
  headers: Type.Unknown(),
  /** For whoever may change the webhook. */
  query: Type.Optional(Type.Unknown()),
  body: Type.Optional(Type.Unknown()),
  bodyKept: Type.Boolean(),
});
export type DeliveryDetail = Static<typeof DeliveryDetail>;
