import { type Static, Type } from "typebox";
import type { Condition } from "../../core/pointer.ts";
import type { Run } from "../../core/trigger.ts";
import { Closed, OneOf } from "../http/shapes.ts";
import { WEBHOOK_SCHEMES } from "../webhook-claim.ts";
import { HMAC_ALGORITHMS, SIGNATURE_ENCODINGS } from "../webhook-encoding.ts";
import { Description, MappedRuns, Moment, Where } from "./shapes.ts";

/** `kind: Webhook`, without `kind`, `name` and `scope`. `docs/webhooks.md` has its rules. */
export const WebhookSpec = Closed({
  description: Type.Optional(Description),
  enabled: Type.Optional(Type.Boolean({ description: "Default: true" })),
  verify: Closed({
    scheme: { ...OneOf(["none", ...WEBHOOK_SCHEMES]), description: "How requests are signed; none: whoever knows the URL may send" },
    secret: Type.Optional(Type.String({ maxLength: 128, description: "Name of the secret with which they are signed; found in the webhook's scope or above" })),
    hmac: Type.Optional(
      Closed({
        header: Type.String({ maxLength: 100, description: "Header that holds the signature" }),
        algorithm: Type.Optional(OneOf(HMAC_ALGORITHMS)),
        encoding: Type.Optional(OneOf(SIGNATURE_ENCODINGS)),
        prefix: Type.Optional(Type.String({ maxLength: 100, description: "What stands before the signature" })),
      }),
    ),
  }),
  where: Type.Optional(Where),
  expiresAt: Type.Optional({
    ...Moment,
    description: "First moment at which it takes nothing any more; UTC without an offset. Default: a year after it was made",
  }),
  rateLimit: Type.Optional(
    Closed({
      perSecond: Type.Number({ exclusiveMinimum: 0, maximum: 2_000, description: "Requests a second, on and on. Default: 20" }),
      burst: Type.Integer({ minimum: 1, maximum: 10_000, description: "At once. Default: 100" }),
    }),
  ),
  allowedAddresses: Type.Optional(
    Type.Array(Type.String({ maxLength: 50, description: "Address or network, such as 192.0.2.7 or 2001:db8::/32" }), {
      minItems: 1,
      maxItems: 200,
      description: "From where requests are taken. Default: anywhere",
    }),
  ),
  wait: Type.Optional(Type.Boolean({ description: "Whether senders may wait for the jobs with ?wait=, and read their outputs. Default: true" })),
  runs: MappedRuns,
});
export type WebhookSpec = Omit<Static<typeof WebhookSpec>, "runs" | "where"> & { runs: readonly Run[]; where?: readonly Condition[] };
