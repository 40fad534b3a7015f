import { relativeTime } from "../../core/relative-time.ts";
import { exactTime } from "../model/exact-time.ts";
import { usePage } from "./page-context.ts";

/** A moment relative to now by the engine's clock; the exact one, in the viewer's zone and the machine's, on hover. */
export function Time({ at, zone, zoneOf }: { at: string | null | undefined; zone?: string | null; zoneOf?: string }) {
  const page = usePage();
  if (!at) return <span class="soft">–</span>;
  void page.now.value; // ticks seldom: what has just happened would lie in the future by it
  const exact = exactTime(at, { zone: page.zone, otherZone: zone, otherName: zoneOf });
  return (
    <time dateTime={at} title={exact}>
      {relativeTime(at, page.time.now())}
    </time>
  );
}
