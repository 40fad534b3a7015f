/** What an engine needs before there is anything to look at, in the order in which it is best done. */
export interface FirstStep {
  name: string;
  why: string;
  commands: readonly string[];
  isDone: boolean;
}

export interface Begun {
  jobs: boolean;
  machines: boolean;
  windows: boolean;
}

/** Commands are those of a clone. */
export function firstSteps({ jobs, machines, windows }: Begun): FirstStep[] {
  return [
    {
      name: "Run a runbook",
      why: "A sample greets you; its job shows what a runbook wrote, each call it made, and how long each took.",
      commands: ["npx --no-install runwright runbook publish runbooks/samples/hello.ts", "npx --no-install runwright run hello -p name=Ada --follow"],
      isDone: jobs,
    },
    {
      name: "Join a machine",
      why: "The token is good for one machine and one hour. Its agent then reports what is installed and what is missing.",
      commands: ["npx --no-install runwright agent token create --tag role=web", "runwright agent join TOKEN    # on the machine"],
      isDone: machines,
    },
    {
      name: "Say when machines may change",
      why: "A maintenance window deploys approved updates wave by wave, and nothing starts outside of it.",
      commands: [
        "npx --no-install runwright solution install runbooks/update-management",
        "npx --no-install runwright apply -f window.yaml    # kind: MaintenanceWindow",
      ],
      isDone: windows,
    },
  ];
}
