import type { Timetable } from "../../../engine/core/schedule-timer.ts";
import { code, escaped, list } from "../markdown.ts";
import type { Hover, HoverParts } from "./hover.ts";
import { roleAt } from "./member-roles.ts";
import { mayHoldResources } from "./resource-documents.ts";
import { kindOf } from "./resource-kinds.ts";
import { schemaAt } from "./schema-walk.ts";
import { selectedMachines } from "./selected-machines.ts";
import { upcomingOf } from "./upcoming.ts";
import { type YamlPlace, yamlPlaceAt } from "./yaml-place.ts";

/** What a person should know of the member under the cursor. */
export async function yamlHoverAt(text: string, offset: number, parts: HoverParts): Promise<Hover | undefined> {
  if (!mayHoldResources(text)) return undefined;
  const place = yamlPlaceAt(text, offset);
  const kind = place && kindOf(place.document);
  if (!place || !kind) return undefined;
  const { start, end } = place;
  const role = roleAt(place.pointer);
  if (role === "cron" && !place.isKey) return { start, end, markdown: timesOf(place, parts.now) };
  if (role === "selector" && !place.isKey) return { start, end, markdown: await selectedMachines(place.text, parts) };
  const { description } = Object(schemaAt(kind, place.pointer));
  return typeof description === "string" ? { start, end, markdown: escaped(description) } : undefined;
}

/** In the zone of the document; a window may follow each machine's own, whose wall times are the same everywhere. */
function timesOf({ pointer, text, document }: YamlPlace, now: number): string {
  const { timeZone, startAt, expiresAt, dst } = Object(document) as Record<string, unknown>;
  const zone = typeof timeZone === "string" ? timeZone : "UTC";
  const isOwn = zone === "machine";
  const bounds = pointer === "/cron" ? { startAt: textOf(startAt), expiresAt: textOf(expiresAt), dst } : {};
  const timetable: Timetable = { cron: text, timeZone: isOwn ? "UTC" : zone, ...bounds };
  const { times, problem } = upcomingOf(timetable, now);
  if (problem !== undefined) return escaped(problem);
  if (times.length === 0) return "It never runs again.";
  const rows = times.map(({ when, note }) => `${code(isOwn ? when.replace(/ [+-]\d\d:\d\d$/, "") : when)}${note === "" ? "" : ` ⚠ ${note}`}`);
  const where = isOwn ? "each machine's own time zone" : timeZone === undefined ? "UTC (timeZone isn't set)" : code(zone);
  return `**Next times** in ${where}\n\n${list(rows)}`;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
