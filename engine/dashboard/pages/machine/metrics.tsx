import type { Machine } from "../../../protocol/http/machines.ts";

export function Metrics(_: { machine: Machine }) {
  return null;
}
