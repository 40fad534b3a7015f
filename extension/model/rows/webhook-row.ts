import { isEnabled, listOf, memberOf, runbooksOf, textOf } from "../../../engine/core/loosely.ts";
import { relativeTime } from "../../../engine/core/relative-time.ts";
import type { Resource } from "../../../engine/protocol/http/resources.ts";
import type { Delivery } from "../../../engine/protocol/http/webhooks.ts";
import { COLOURS, facts, type Icon, type Row } from "../row.ts";

export function webhookRow(webhook: Resource, now: number): Row {
  const { name, scope, spec, state } = webhook;
  const enabled = isEnabled(spec);
  const isOver = state.expired === true;
  const expiresAt = textOf(state.expiresAt);
  const hasUrl = listOf(state.tokens).length > 0;
  const scheme = textOf(memberOf(spec.verify, "scheme")) ?? "";
  const words = !enabled ? "off" : isOver ? "expired" : !hasUrl ? "has no URL yet" : `until ${relativeTime(expiresAt, now)}`;
  return {
    id: name,
    label: name,
    description: [words, runbooksOf(spec).join(", ")].filter(Boolean).join(" · "),
    tooltip: facts([
      ["Webhook", name],
      ["Scope", scope],
      ["Starts", runbooksOf(spec).join(", ")],
      ["Signed", scheme === "none" ? "no: whoever knows the URL may send" : scheme],
      ["Expires", expiresAt],
    ]),
    icon: { name: "plug", ...(!enabled ? { colour: COLOURS.muted } : isOver ? { colour: COLOURS.bad } : !hasUrl ? { colour: COLOURS.warning } : {}) },
    is: ["webhook", enabled ? "enabled" : "disabled"],
    children: "closed",
    subject: webhook,
  };
}

const DELIVERY_ICONS: Record<Delivery["status"], Icon> = {
  started: { name: "play", colour: COLOURS.good },
  repeated: { name: "history", colour: COLOURS.muted },
  filtered: { name: "filter", colour: COLOURS.muted },
  frozen: { name: "lock", colour: COLOURS.warning },
  refused: { name: "error", colour: COLOURS.bad },
};

export function deliveryRow({ id, receivedAt, address, status, reason, jobIds }: Delivery, now: number): Row {
  const [job] = jobIds;
  return {
    id,
    label: relativeTime(receivedAt, now),
    description: [status, address, reason].filter(Boolean).join(" · "),
    tooltip: facts([
      ["Received", `${receivedAt} from ${address}`],
      ["Became", status],
      ["Because", reason],
      ["Jobs", jobIds.join(", ")],
    ]),
    icon: Object.hasOwn(DELIVERY_ICONS, status) ? DELIVERY_ICONS[status] : { name: "question" },
    is: ["delivery", ...(job === undefined ? [] : ["hasJob"])],
    ...(job === undefined ? {} : { click: { command: "runwright.openJobOutput", title: "Open Output", arguments: [job] } }),
  };
}
