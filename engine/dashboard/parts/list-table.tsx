import type { LongList } from "../model/long-list.ts";
import { ProblemBox } from "./read.tsx";
import { RowTable, type RowTableProps } from "./row-table.tsx";

export interface ListTableProps<Row>
  extends Omit<RowTableProps<Row>, "rows" | "place" | "hasMore" | "isLoading" | "waiting" | "hasMoreWaiting" | "onTakeWaiting"> {
  list: LongList<Row>;
}

/** The rows of a list that is read page by page, as it stands; above them why it couldn't be read last. */
export function ListTable<Row>({ list, onShow, ...table }: ListTableProps<Row>) {
  const problem = list.problem.value;
  const rows = list.rows.value;
  return (
    <>
      {problem && <ProblemBox problem={problem} again={list.again} isOlder={rows.length > 0} />}
      <RowTable
        key={list.address}
        {...table}
        place={list.address}
        rows={rows}
        onShow={(first, last, isHeld) => {
          list.holdWhile(isHeld);
          list.show(first, last);
          onShow?.(first, last, isHeld);
        }}
        hasMore={list.hasMore.value}
        isLoading={list.isFirst.value}
        waiting={list.waiting.value}
        hasMoreWaiting={list.hasMoreWaiting.value}
        onTakeWaiting={list.takeWaiting}
      />
    </>
  );
}
