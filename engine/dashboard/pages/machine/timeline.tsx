import type { Machine } from "../../../protocol/http/machines.ts";

export function Timeline(_: { machine: Machine }) {
  return null;
}
