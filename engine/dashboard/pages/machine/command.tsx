import { useEffect, useMemo } from "preact/hooks";
import { withoutTerminal } from "../../../core/terminal-text.ts";
import type { Command } from "../../../protocol/http/machines.ts";
import { lineOf } from "../../model/argv.ts";
import { answerOf, argvIn, commandProblem, type Outcome, outcomeOf } from "../../model/command-outcome.ts";
import { inPath } from "../../model/engine.ts";
import { exactTime } from "../../model/exact-time.ts";
import { type FollowedCommand, followCommand, type OutputChunk } from "../../model/followed-command.ts";
import { countText, lengthText } from "../../model/words.ts";
import { Aside } from "../../parts/beside.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Outline, ProblemBox } from "../../parts/read.tsx";
import { Status } from "../../parts/status.tsx";

function useCommand(id: string): FollowedCommand {
  const { engine } = usePage();
  const followed = useMemo(
    () => followCommand(id, { engine, setTimer: (run, ms) => setTimeout(run, ms), clearTimer: (timer) => clearTimeout(timer as number | undefined) }),
    [id, engine],
  );
  useEffect(() => () => followed.stop(), [followed]);
  return followed;
}

/** One command while it runs and afterwards. */
export function CommandAside({ id, onClose }: { id: string; onClose(): void }) {
  const followed = useCommand(id);
  const command = followed.command.value;
  const problem = followed.problem.value;
  const argv = command && argvIn(command.args);
  return (
    <Aside name="Command" heading={argv ? <Name text={lineOf(argv)} longest={120} /> : (command?.action ?? "Command")} onClose={onClose}>
      {problem && <ProblemBox problem={problem} isOlder={command !== undefined} />}
      {command ? <Shown command={command} output={followed.output.value} left={followed.left.value} /> : !problem && <Outline lines={6} />}
    </Aside>
  );
}

function Shown({ command, output, left }: { command: Command; output: readonly OutputChunk[]; left: number }) {
  const { zone } = usePage();
  const outcome = outcomeOf(command);
  const failure = commandProblem(command);
  const succeeded = outcome === undefined || outcome.exitCode === 0;
  return (
    <>
      <Status word={command.status} {...(succeeded ? {} : { tone: "bad" as const, says: endText(outcome) })} />
      {failure && <ProblemBox problem={failure} />}
      <Facts
        facts={[
          ["By", command.jobId === null ? <Name text={command.actor.name} /> : <Link to={`/jobs/${inPath(command.jobId)}`}>a job</Link>],
          ["Asked", exactTime(command.createdAt, { zone })],
          ["Begun", command.acknowledgedAt === null ? "–" : exactTime(command.acknowledgedAt, { zone })],
          ["Ended", command.endedAt === null ? "–" : exactTime(command.endedAt, { zone })],
          ...(outcome?.durationMs == null ? [] : ([["Took", lengthText(outcome.durationMs)]] as const)),
          ["Id", <code class="soft">{command.id}</code>],
        ]}
      />
      {command.jobId !== null ? (
        <p class="soft">What a job's command was given and wrote is told in the job's own streams, where secrets are masked.</p>
      ) : (
        <Output
          output={writtenBy(output, outcome)}
          left={left}
          isOver={command.endedAt !== null}
          value={command.action === "exec" ? undefined : answerOf(command)}
        />
      )}
      {outcome?.isCut && <p class="soft">It wrote more than is kept.</p>}
    </>
  );
}

const endText = ({ exitCode, signal, timedOut }: NonNullable<ReturnType<typeof outcomeOf>>): string =>
  timedOut ? "took too long, was ended" : signal === null ? `exit code ${exitCode}` : `ended by ${signal}`;

/** Output that came while it ran; where none did, as after a lost connection, the result has it. */
function writtenBy(output: readonly OutputChunk[], outcome: Outcome | undefined): readonly OutputChunk[] {
  if (output.length > 0 || outcome === undefined) return output;
  const { stdout, stderr } = outcome;
  return [
    { seq: 1, stream: "stdout" as const, chunk: stdout },
    { seq: 2, stream: "stderr" as const, chunk: stderr },
  ].filter(({ chunk }) => chunk !== "");
}

/** What it has written; of a command that isn't a program, what it answered. */
function Output({ output, left, isOver, value }: { output: readonly OutputChunk[]; left: number; isOver: boolean; value: unknown }) {
  const runs = useMemo(() => runsOf(output), [output]);
  if (value !== undefined && value !== null) return <pre class="output">{withoutTerminal(JSON.stringify(value, null, 1))}</pre>;
  if (runs.length === 0) return <p class="soft">{isOver ? "It wrote nothing." : "It hasn't written anything yet."}</p>;
  return (
    <section aria-label="Output" class="stack">
      {left > 0 && <p class="soft">{countText(left)} characters before this aren't shown.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it */}
      <pre class="output" tabIndex={0}>
        {runs.map(({ stream, text, seq }) => (
          <span key={seq} class={stream}>
            {text}
          </span>
        ))}
      </pre>
    </section>
  );
}

/** Chunks of one stream that follow each other, together: a colour may begin in one and end in the next. */
function runsOf(output: readonly OutputChunk[]): { stream: OutputChunk["stream"]; seq: number; text: string }[] {
  const runs: { stream: OutputChunk["stream"]; seq: number; text: string }[] = [];
  for (const { stream, chunk, seq } of output) {
    const last = runs.at(-1);
    if (last?.stream === stream) last.text += chunk;
    else runs.push({ stream, seq, text: chunk });
  }
  return runs.map((run) => ({ ...run, text: withoutTerminal(run.text) }));
}
