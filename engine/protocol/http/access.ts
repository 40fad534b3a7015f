import { type Static, Type } from "typebox";
import { ASSET_KINDS, VARIABLE_TYPES } from "../../core/asset.ts";
import { PRINCIPAL_KINDS } from "../../core/role.ts";
import { Closed, GrantShape, Moment, Nullable, OneOf, page, RoleName, ScopeText, Time } from "./shapes.ts";

export const AssetRequest = Closed({
  kind: OneOf(ASSET_KINDS),
  value: Type.Unknown({
    description: "A secret: text; a credential: { user, password }; a certificate: { certificate, key? } as PEM; a connection: an object",
  }),
  scope: Type.Optional(ScopeText),
  type: Type.Optional(OneOf(VARIABLE_TYPES)),
  encrypted: Type.Optional(Type.Boolean({ description: "Of a variable: its value is never shown" })),
  schema: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "JSON Schema of a connection; members with writeOnly: true are secret" })),
});
export const AssetScopeQuery = Closed({ scope: Type.Optional(ScopeText) });
export const DeleteAssetQuery = Closed({ scope: Type.Optional(ScopeText), breakTriggers: Type.Optional(Type.Boolean()) });
export const Asset = Type.Object({
  id: Type.String(),
  scope: Type.String(),
  name: Type.String(),
  kind: OneOf(ASSET_KINDS),
  type: Nullable(OneOf(VARIABLE_TYPES)),
  encrypted: Type.Boolean(),
  subject: Nullable(Type.String({ description: "Of a certificate" })),
  expiresAt: Nullable(Time),
  version: Type.Integer(),
  createdAt: Time,
  createdBy: Type.String(),
  updatedAt: Time,
  updatedBy: Type.String(),
});
export type Asset = Static<typeof Asset>;
export const StoredAsset = Type.Object({ ...Asset.properties, warnings: Type.Array(Type.String()) });
export type StoredAsset = Static<typeof StoredAsset>;
/** What is secret is in no shape: neither secrets, credentials and encrypted variables, nor the keys of certificates and the secret members of connections. */
export const ShownAsset = Type.Object({ ...Asset.properties, value: Type.Optional(Type.Unknown()), schema: Type.Optional(Type.Unknown()) });
export type ShownAsset = Static<typeof ShownAsset>;
const fileSeal = {
  key: Type.String({ minLength: 43, maxLength: 44, description: "32 bytes from a passphrase, base64" }),
  header: Type.String({ maxLength: 1_000, description: "Of the file; it opens with the same one only" }),
};
export const ExportRequest = Closed({ ...fileSeal, scope: Type.Optional(ScopeText) });
export const ImportRequest = Closed({ ...fileSeal, sealed: Type.String({ description: "base64" }), dry: Type.Optional(Type.Boolean()) });
const movedAssets = {
  items: Type.Array(Type.Object({ kind: OneOf(ASSET_KINDS), scope: Type.String(), name: Type.String(), change: OneOf(["created", "changed", "unchanged"]) })),
};
export const ExportedAssets = Type.Object({ ...movedAssets, sealed: Type.String() });
export type ExportedAssets = Static<typeof ExportedAssets>;
export const ImportedAssets = Type.Object(movedAssets);
export type ImportedAssets = Static<typeof ImportedAssets>;
export const RotationStep = Type.Object({
  done: Type.Boolean({ description: "false: ask again to go on" }),
  rootKey: Type.String(),
  masterKeyChanged: Type.Boolean(),
  assets: Type.Integer(),
  keys: Type.Integer(),
  damaged: Type.Integer({ description: "What can't be opened, and stays as it is" }),
});
export type RotationStep = Static<typeof RotationStep>;

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
  sessionOf: Nullable(Type.String({ description: "Id of the token that a browser's session was made from, and with which it ends; null: not a session" })),
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

export const SignInLink = Type.Object({ url: Type.String({ description: "Signs one browser in, once; the code is in the fragment" }), expiresAt: Time });
export type SignInLink = Static<typeof SignInLink>;
export const SessionRequest = Closed({
  code: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: "Of a link" })),
  token: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
});
export const Session = Type.Object({ name: Type.String({ description: "Of the principal" }), expiresAt: Time });
export type Session = Static<typeof Session>;

export const ActivityQuery = Closed({
  ...page,
  actor: Type.Optional(Type.String({ maxLength: 200, description: "Name" })),
  operation: Type.Optional(Type.String({ maxLength: 100, description: "All of it, such as runbook.publish, or what stands before a dot, such as runbook" })),
  target: Type.Optional(Type.String({ maxLength: 400, description: "Such as runbook:patch-web" })),
  result: Type.Optional(Type.String({ maxLength: 64, description: "ok, or the code of a refusal" })),
  from: Type.Optional(Moment),
  to: Type.Optional(Moment),
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
export const Verified = Type.Object({
  entries: Type.Integer(),
  removed: Type.Integer({ description: "Entries before them that were removed for their age" }),
  firstBroken: Nullable(Type.Integer()),
});
export type Verified = Static<typeof Verified>;
