import { useMemo, useRef, useState } from "preact/hooks";
import { LOG_LEVELS, type LogLevel } from "../../../core/job.ts";
import type { Job } from "../../../protocol/http/jobs.ts";
import { clockTime } from "../../model/exact-time.ts";
import { hasEnded } from "../../model/job/job-moves.ts";
import { type LogLine, wantedLines } from "../../model/job/log-lines.ts";
import { counted, countText } from "../../model/words.ts";
import { Lines } from "../../parts/lines.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Outline, ProblemBox } from "../../parts/read.tsx";
import { Search } from "../../parts/search.tsx";
import { Select } from "../../parts/select.tsx";
import { useAct } from "../../parts/use-act.ts";
import type { UsedLog } from "../../parts/use-job-log.ts";

const LEVELS = [
  { value: "", name: "All levels" },
  ...LOG_LEVELS.slice(1).map((level) => ({ value: level, name: level === "error" ? "Errors" : `From ${level} on` })),
];
const AROUND = 430;

/** What the job writes, as it comes. It follows the end until the reader scrolls up. */
export function Streams({ job, log: { log, isFirst, earlier } }: { job: Job; log: UsedLog }) {
  const { location } = usePage();
  const { level = "", search = "" } = location.place.value.query;
  const least: LogLevel | "" = LOG_LEVELS.find((one) => one === level) ?? "";
  const [jumps, setJumps] = useState(0);
  const { act, busy, problem } = useAct([]);
  const lines = log.lines.value;
  const wanted = useMemo(() => wantedLines(lines, { least, search }), [lines, least, search]);
  const [above, below] = [log.above.value, log.below.value];
  const box = useRef<HTMLDivElement>(null);
  const isNarrowed = wanted !== lines;
  return (
    <div class="stack log" ref={box}>
      <div class="filters">
        <Select label="Level" value={least} choices={LEVELS} onValue={(value) => location.narrow({ level: value })} />
        <Search name="Text in the lines" placeholder="Text in the lines held here" value={search} onValue={(text) => location.narrow({ search: text })} />
        <span class="soft held" role="status">
          {isNarrowed ? `${countText(wanted.length)} of ${counted(lines.length, "line")}` : counted(lines.length, "line")}
        </span>
      </div>
      {problem && <ProblemBox problem={problem} />}
      <div class="sheet log-sheet">
        <div class="log-above">
          {above > 0 ? (
            <>
              <span class="soft">{counted(above, "entry", "entries")} above</span>
              <button type="button" class="button plain" disabled={busy} onClick={() => act(earlier)}>
                {busy ? "Reading…" : "Read earlier ones"}
              </button>
            </>
          ) : (
            <span class="soft">{lines.length > 0 ? "From the first entry on" : "\u00a0"}</span>
          )}
        </div>
        {wanted.length > 0 ? (
          <Lines key={jumps} label="What the job has written" lines={wanted} keyOf={keyOf} onFollow={log.follow} around={AROUND}>
            {(line) => <LogText line={line} search={search} />}
          </Lines>
        ) : isFirst ? (
          <div class="padded-box">
            <Outline lines={6} />
          </div>
        ) : isNarrowed && lines.length > 0 ? (
          <Empty says="No line here is like this." />
        ) : (
          <Empty says={hasEnded(job) ? "It has written nothing." : "It has written nothing yet."}>
            {hasEnded(job) ? undefined : "What it logs, outputs and tells of its progress appears here as it comes."}
          </Empty>
        )}
        {below > 0 && (
          <button
            type="button"
            class="button main log-below"
            onClick={() => {
              log.follow("following");
              setJumps(jumps + 1);
            }}
          >
            {counted(below, "new entry", "new entries")}, to the end
          </button>
        )}
      </div>
    </div>
  );
}

const keyOf = ({ key }: LogLine): number => key;

function LogText({ line: { at, word, text, isFirst }, search }: { line: LogLine; search: string }) {
  const { zone } = usePage();
  return (
    <span class={`log-line ${word}`}>
      <time dateTime={isFirst ? at : undefined}>{isFirst ? clockTime(at, zone) : ""}</time>
      <span class="word">{isFirst ? word : ""}</span>
      <span class="text">
        <Marked text={text} search={search} />
      </span>
    </span>
  );
}

/** What was searched for stands out. */
function Marked({ text, search }: { text: string; search: string }) {
  const at = search === "" ? -1 : text.toLowerCase().indexOf(search.toLowerCase());
  if (at < 0) return <bdi>{text}</bdi>;
  return (
    <bdi>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + search.length)}</mark>
      {text.slice(at + search.length)}
    </bdi>
  );
}
