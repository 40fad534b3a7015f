import type { Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { WhoAmI } from "../../protocol/http/access.ts";
import type { Engine } from "../model/engine.ts";
import type { Live } from "../model/live.ts";
import type { Location } from "../model/location.ts";
import type { Reads } from "../model/reads.ts";
import type { ServerTime } from "../model/server-time.ts";

/** What every page needs; there is one for the whole dashboard. */
export interface PageContext {
  engine: Engine;
  live: Live;
  reads: Reads;
  time: ServerTime;
  location: Location;
  /** Ticks each ten seconds: whatever tells a time relative to now. */
  now: Signal<number>;
  /** The viewer's time zone. */
  zone: string;
  who: WhoAmI;
}

export const Context = createContext<PageContext | undefined>(undefined);

export function usePage(): PageContext {
  const context = useContext(Context);
  if (!context) throw new Error("a part of a page is shown outside of the dashboard's frame");
  return context;
}
