import { useEffect, useMemo } from "preact/hooks";
import { withQuery } from "../model/engine.ts";
import { createLongList, type LongList, type LongListParts } from "../model/long-list.ts";
import { usePage } from "./page-context.ts";

/** A list that is read page by page, for as long as the view is there; another path or query is another list. */
export function useLongList<Row>(
  options: Pick<LongListParts<Row>, "path" | "query" | "idOf" | "of" | "pageSize" | "order"> & { most?: number },
): LongList<Row> {
  const { engine, live } = usePage();
  const list = useMemo(
    () =>
      createLongList<Row>({
        most: 20_000,
        ...options,
        engine,
        live,
        isVisible: () => document.visibilityState === "visible",
        setTimer: (run, ms) => setTimeout(run, ms),
        clearTimer: (timer) => clearTimeout(timer as number | undefined),
      }),
    [withQuery(options.path, options.query), engine, live],
  );
  useEffect(() => () => list.stop(), [list]);
  return list;
}
