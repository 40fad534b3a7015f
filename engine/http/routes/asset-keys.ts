import { RunwrightError } from "../../core/errors.ts";
import { parseScope } from "../../core/scope.ts";
import { ExportedAssets, ExportRequest, ImportedAssets, ImportRequest, RotationStep } from "../../protocol/http/access.ts";
import { type App, callerOf } from "../request.ts";
import { patience } from "../wait.ts";
import type { RouteParts } from "./parts.ts";

/** Sealed, as base64, with some room. */
const FILE_LIMIT = 48 * 1024 * 1024;
/** A rotation of many jobs takes longer than a request should: whoever asked for it asks again. */
const STEP_MS = 20_000;

/** What is done with all assets at once, and with the keys that seal them. */
export function assetKeyRoutes(app: App, { assetTransfer, keyRotation, stopping }: Pick<RouteParts, "assetTransfer" | "keyRotation" | "stopping">): void {
  app.post(
    "/api/v1/assets/rotate-keys",
    {
      config: { door: "asset.rotateKeys" },
      schema: { summary: "Replace the keys that seal what is stored, for twenty seconds at a time", tags: ["assets"], response: { 200: RotationStep } },
    },
    async (request) => {
      using waiting = patience(request, STEP_MS, stopping);
      return keyRotation.rotate(callerOf(request), waiting.signal);
    },
  );

  app.post(
    "/api/v1/assets/export",
    {
      config: { door: "asset.export" },
      schema: { summary: "Seal assets with a key from a passphrase", tags: ["assets"], body: ExportRequest, response: { 200: ExportedAssets } },
    },
    async (request) => {
      const { key, header, scope } = request.body;
      const seal = { key: keyOf(key), header, ...(scope === undefined ? {} : { scope: parseScope(scope) }) };
      const { sealed, items } = await assetTransfer.export(seal, callerOf(request));
      return { items, sealed: Buffer.from(sealed).toString("base64") };
    },
  );

  app.post(
    "/api/v1/assets/import",
    {
      bodyLimit: FILE_LIMIT,
      config: { door: "asset.import" },
      schema: { summary: "Set all assets of a sealed file, or none", tags: ["assets"], body: ImportRequest, response: { 200: ImportedAssets } },
    },
    async (request) => {
      const { key, header, sealed, dry = false } = request.body;
      return { items: await assetTransfer.import({ key: keyOf(key), header, sealed: Buffer.from(sealed, "base64"), dry }, callerOf(request)) };
    },
  );
}

function keyOf(text: string): Buffer {
  const key = Buffer.from(text, "base64");
  if (key.length !== 32) throw new RunwrightError("BAD_REQUEST", "key must be 32 bytes as base64");
  return key;
}
