import { type Static, Type } from "typebox";
import { PRINCIPAL_KINDS } from "../../core/role.ts";
import { Closed, GrantShape, Nullable, OneOf, page, RoleName, ScopeText, Time } from "./shapes.ts";

/** There is no shape in which a value leaves the engine: assets are listed by name. */
export const AssetRequest = Closed({
  kind: OneOf(["variable", "secret"]),
  value: Type.Unknown(),
  scope: Type.Optional(ScopeText),
});
export const AssetScopeQuery = Closed({ scope: Type.Optional(ScopeText) });
export const Asset = Type.Object({
  id: Type.String(),
  scope: Type.String(),
  name: Type.String(),
  kind: OneOf(["variable", "secret"]),
  version: Type.Integer(),
  createdAt: Time,
  createdBy: Type.String(),
  updatedAt: Time,
  updatedBy: Type.String(),
});
export type Asset = Static<typeof Asset>;

/** Shown on terminals and in logs. */
const Label = Type.String({ minLength: 1, maxLength: 128, pattern: "^[^\\u0000-\\u001f\\u007f]*$" });

export const TokenRequestBody = Closed({
  name: Label,
  principal: Type.Optional(Type.String({ description: "Name; without it: your own" })),
  role: Type.Optional(RoleName),
  scope: Type.Optional(ScopeText),
  expiresIn: Type.Optional(Type.String({ maxLength: 20, description: "Duration such as 30d; without it the token never expires" })),
});
export const Token = Type.Object({
  id: Type.String(),
  name: Type.String(),
  principal: Type.String(),
  role: Nullable(RoleName),
  scope: Nullable(Type.String()),
  grants: Type.Array(Type.Object({ role: RoleName, scope: Type.String() })),
  createdAt: Time,
  createdBy: Type.String(),
  expiresAt: Nullable(Time),
  revokedAt: Nullable(Time),
  lastUsedAt: Nullable(Time),
});
export type Token = Static<typeof Token>;
export const NewToken = Type.Object({ ...Token.properties, token: Type.String({ description: "Shown this once" }) });
export type NewToken = Static<typeof NewToken>;

export const PrincipalRequest = Closed({
  kind: OneOf(["user", "service"]),
  name: Type.String({ minLength: 1, maxLength: 128 }),
  grants: Type.Array(GrantShape, { maxItems: 100 }),
});
export const GrantsRequest = Closed({ grants: Type.Array(GrantShape, { maxItems: 100 }) });
export const DisabledRequest = Closed({ disabled: Type.Boolean() });
export const Principal = Type.Object({
  id: Type.String(),
  kind: OneOf(PRINCIPAL_KINDS),
  name: Type.String(),
  grants: Type.Array(Type.Object({ role: RoleName, scope: Type.String() })),
  createdAt: Time,
  disabledAt: Nullable(Time),
});
export type Principal = Static<typeof Principal>;

export const WhoAmI = Type.Object({
  id: Type.String(),
  kind: OneOf(PRINCIPAL_KINDS),
  name: Type.String(),
  tokenId: Nullable(Type.String()),
  grants: Type.Array(Type.Object({ role: RoleName, scope: Type.String() })),
});
export type WhoAmI = Static<typeof WhoAmI>;

export const LoginStart = Closed({ client: Label });
export const LoginStarted = Type.Object({
  deviceCode: Type.String(),
  userCode: Type.String(),
  expiresInSeconds: Type.Integer(),
  intervalSeconds: Type.Integer(),
});
export type LoginStarted = Static<typeof LoginStarted>;
export const LoginPoll = Closed({ deviceCode: Type.String({ minLength: 1, maxLength: 100 }) });
export const LoginDone = Type.Object({ token: Type.String(), principal: Type.String() });
export type LoginDone = Static<typeof LoginDone>;
export const LoginShown = Type.Object({ userCode: Type.String(), client: Type.String(), address: Type.String(), createdAt: Time, expiresAt: Time });
export type LoginShown = Static<typeof LoginShown>;

export const ActivityQuery = Closed({
  ...page,
  actor: Type.Optional(Type.String()),
  operation: Type.Optional(Type.String()),
  target: Type.Optional(Type.String()),
});
export const Activity = Type.Object({
  seq: Type.Integer(),
  at: Time,
  actor: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
  address: Type.String(),
  operation: Type.String(),
  target: Type.String(),
  scope: Type.String(),
  result: Type.String(),
  correlationId: Type.String(),
  details: Type.Optional(Type.Unknown()),
  hash: Type.String(),
});
export type Activity = Static<typeof Activity>;
export const Verified = Type.Object({ entries: Type.Integer(), firstBroken: Nullable(Type.Integer()) });
export type Verified = Static<typeof Verified>;
