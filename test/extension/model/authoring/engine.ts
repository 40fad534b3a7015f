import { type ErrorCode, RunwrightError } from "../../../../engine/core/errors.ts";
import type { EngineAccess, EngineClient } from "../../../../extension/model/authoring/engine-access.ts";
import type { Asking } from "../../../../extension/model/client/client.ts";

type Asked = Asking & { path: string; limit?: number; cursor?: string | undefined };

/** An engine at the border of the extension: answers with these lists, and notes what it was asked. */
export function engineWith({
  refuses,
  answers = {},
  ...lists
}: {
  refuses?: ErrorCode;
  answers?: Record<string, unknown>;
  machines?: object[];
  runbooks?: object[];
  assets?: object[];
}) {
  const asked: Asked[] = [];
  const client: EngineClient = {
    async ask(_method, path, _shape, asking = {}) {
      asked.push({ path, ...asking });
      if (refuses) throw new RunwrightError(refuses, "not you");
      return answers[path] as any;
    },
    async page({ path }, { signal: _, ...asking } = {}) {
      asked.push({ path, ...asking });
      if (refuses) throw new RunwrightError(refuses, "not you");
      const items = (lists as Record<string, object[]>)[path.split("/").at(-1) ?? ""] ?? [];
      const from = Number(asking.cursor ?? 0);
      const to = from + (asking.limit ?? 100);
      return { items: items.slice(from, to) as any[], next: to < items.length ? String(to) : null };
    },
  };
  return { asked, client: async () => client, address: () => "https://engine.example" } satisfies EngineAccess & { asked: Asked[] };
}
