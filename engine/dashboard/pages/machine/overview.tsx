import type { ComponentChildren } from "preact";
import type { Machine } from "../../../protocol/http/machines.ts";
import type { Why } from "../../../protocol/http/update-policies.ts";
import { inPath } from "../../model/engine.ts";
import { missingCounts } from "../../model/missing-counts.ts";
import { bytesText, counted, countText } from "../../model/words.ts";
import { Name } from "../../parts/name.tsx";
import { Facts, type Figured, Figures, Sheet } from "../../parts/page.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { Tags } from "../machines/columns.tsx";
import { Policy } from "./policy.tsx";

/** How it stands and why; what it is; what policies say of it. */
export function Overview({ machine }: { machine: Machine }) {
  const why = useRead<Why>(`/api/v1/machines/${inPath(machine.name)}/updates/why`, { of: ["machines", "updates", "resources"] });
  return (
    <div class="stack">
      {machine.assessment && (
        <Sheet>
          <Figures figures={figuresOf(machine)} />
        </Sheet>
      )}
      <div class="columns">
        <Sheet name="Compliance">
          <Shown of={why} lines={4}>
            {({ reasons }) => <Standing machine={machine} reasons={reasons} />}
          </Shown>
        </Sheet>
        <Sheet name="Machine">
          <Facts facts={factsOf(machine)} />
        </Sheet>
        <Sheet name="Policy">
          <Shown of={why} lines={8}>
            {({ policy, scope }) => <Policy policy={policy} scope={scope} />}
          </Shown>
        </Sheet>
      </div>
    </div>
  );
}

function figuresOf({ name, assessment }: Machine): Figured[] {
  if (assessment === null) return [];
  const { missing, security, held } = missingCounts(assessment);
  const { overdue = 0, deferred = 0, exempt = 0 } = assessment.verdicts;
  const to = `/machines/${inPath(name)}?tab=updates`;
  const figure = (name: string, count: number, tone: Figured["tone"]): Figured => ({ name, value: countText(count), to, ...(count > 0 ? { tone } : {}) });
  return [
    figure("missing", missing, undefined),
    figure("security", security, "bad"),
    figure("overdue", overdue, "bad"),
    figure("deferred", deferred, undefined),
    figure("exempt", exempt, undefined),
    figure("held", held, "warn"),
    { name: "packages", value: countText(assessment.installedCount), to: `/machines/${inPath(name)}?tab=packages` },
  ];
}

function Standing({ machine: { assessment, facts }, reasons }: { machine: Machine; reasons: readonly string[] }) {
  const time = (at: string | null) => <Time at={at} zone={facts?.timeZone} zoneOf="the machine" />;
  return (
    <>
      <Status word={assessment?.compliance ?? "notassessed"} />
      <Sentences of={reasons} />
      {assessment && (
        <Facts
          facts={[
            ["Assessed", time(assessment.receivedAt)],
            ["Package lists", assessment.listsUpdatedAt === null ? "of unknown age" : time(assessment.listsUpdatedAt)],
            ["Package manager", <Name text={assessment.packageManager} />],
            ["Reboot", assessment.rebootPending ? <Status word="pending" tone="warn" /> : "not pending"],
          ]}
        />
      )}
      {assessment && assessment.rebootReasons.length > 0 && <Sentences name="Why it must reboot" of={assessment.rebootReasons} />}
      {assessment && assessment.problems.length > 0 && <Sentences name={counted(assessment.problems.length, "problem")} of={assessment.problems} />}
    </>
  );
}

const MOST = 50;

/** What machines and policies say, a line each. */
export function Sentences({ name, of }: { name?: string; of: readonly string[] }) {
  return (
    <div>
      {name && <h3>{name}</h3>}
      <ul class="sentences">
        {of.slice(0, MOST).map((sentence) => (
          <li key={sentence}>
            <Name text={sentence} longest={1_000} />
          </li>
        ))}
        {of.length > MOST && <li class="soft">and {countText(of.length - MOST)} more</li>}
      </ul>
    </div>
  );
}

function factsOf({ facts, tags, scope, enrolledAt, enrolledBy, lastSeenAt, staleSince, id }: Machine): (readonly [string, ComponentChildren])[] {
  const text = (value: unknown) => (value === undefined || value === null || value === "" ? <span class="soft">–</span> : <Name text={String(value)} />);
  const own: (readonly [string, ComponentChildren])[] =
    facts === null
      ? []
      : [
          ["System", text(facts.osName)],
          ["Kernel", text(facts.kernel)],
          ["Architecture", text(facts.architecture)],
          ["Host name", text(facts.hostname)],
          ["Addresses", Array.isArray(facts.addresses) ? text(facts.addresses.join(", ")) : text(facts.addresses)],
          ["Processors", text(facts.cpus)],
          ["Memory", Number.isFinite(facts.memoryBytes) ? bytesText(facts.memoryBytes) : text(facts.memoryBytes)],
          ["Time zone", text(facts.timeZone)],
          ["Agent", text(facts.agentVersion)],
        ];
  return [
    ["Scope", text(scope)],
    ["Tags", Object.keys(tags).length === 0 ? text(null) : <Tags tags={tags} most={50} />],
    ...own,
    ["Seen", <Time at={lastSeenAt} zone={facts?.timeZone} zoneOf="the machine" />],
    ...(staleSince === null ? [] : ([["Stale since", <Time at={staleSince} />]] as const)),
    [
      "Joined",
      <span>
        <Time at={enrolledAt} />, by <Name text={enrolledBy} />
      </span>,
    ],
    ["Id", <code class="soft">{id}</code>],
  ];
}
