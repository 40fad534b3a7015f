export interface Template {
  label: string;
  description: string;
  /** With NAME where the runbook's name stands. */
  source: string;
  /** Of `NAME.test.ts`. */
  test: string;
}

const testOf = (body: string) => `import assert from "node:assert/strict";
import { test } from "node:test";
import { runRunbook } from "runwright/testing";

${body}`;

/** What a new runbook may begin with. Each passes the check and its own test as it is; a test runs both. */
export const TEMPLATES: readonly Template[] = [
  {
    label: "Greeting",
    description: "the smallest one: a parameter, a line of the log, an output",
    source: `import { runbook, Type } from "runwright";

export default runbook({
  summary: "Greet someone",
  parameters: Type.Object({
    name: Type.String({ default: "world", minLength: 1, description: "Who is greeted" }),
  }),
  limits: { timeout: "5m" },
  async run({ params, log, output }) {
    log(\`Hello, \${params.name}\`);
    output({ greeted: params.name });
  },
});
`,
    test: testOf(`test("NAME greets", async () => {
  const job = await runRunbook(new URL("./NAME.ts", import.meta.url), { params: { name: "Ada" } });
  assert.equal(job.status, "completed");
  assert.deepEqual(job.outputs, [{ greeted: "Ada" }]);
});
`),
  },
  {
    label: "Command on machines",
    description: "runs a program on each machine of a role and shows how far it is",
    source: `import { runbook, Type } from "runwright";

export default runbook({
  summary: "Restart a service on the machines of a role",
  parameters: Type.Object({
    role: Type.String({ minLength: 1, description: "Value of the tag role" }),
    service: Type.String({ default: "nginx", minLength: 1, description: "Name of the service" }),
  }),
  permissions: { machines: { select: "os=linux", actions: ["exec"] } },
  limits: { timeout: "30m" },
  async run({ params, machines, output, progress }) {
    const targets = await machines.select(\`tag:role=\${params.role}\`);
    for (const [i, machine] of targets.entries()) {
      const result = await machine.exec(["systemctl", "restart", params.service], { timeout: "60s" });
      if (result.exitCode !== 0) throw new Error(\`\${machine.name}: \${result.stderr}\`);
      progress((i + 1) / targets.length, machine.name);
    }
    output({ restarted: targets.length });
  },
});
`,
    test: testOf(`test("NAME restarts the service on each machine of the role, and on no other", async () => {
  const job = await runRunbook(new URL("./NAME.ts", import.meta.url), {
    params: { role: "web" },
    machines: [
      { name: "web-1", tags: { role: "web" } },
      { name: "db-1", tags: { role: "db" } },
    ],
  });
  assert.equal(job.status, "completed");
  assert.deepEqual(job.outputs, [{ restarted: 1 }]);
});
`),
  },
  {
    label: "Approval before a change",
    description: "asks somebody, and waits without using memory until they have answered",
    source: `import { runbook, Type } from "runwright";

export default runbook({
  summary: "Ask before something is changed",
  parameters: Type.Object({
    what: Type.String({ minLength: 1, description: "What is to be changed" }),
  }),
  limits: { timeout: "5m" },
  async run({ params, approval, log, output }) {
    const { decisions } = await approval({ message: \`Change \${params.what}?\`, who: ["role:operator"], timeout: "8h" });
    log(\`Approved by \${decisions.map(({ by }) => by).join(", ")}\`);
    output({ changed: params.what });
  },
});
`,
    test: testOf(`test("NAME goes on when somebody has approved", async () => {
  const job = await runRunbook(new URL("./NAME.ts", import.meta.url), { params: { what: "the firewall" } });
  assert.equal(job.status, "completed");
});
`),
  },
];

/** @returns files to write, named relative to the folder of runbooks */
export const filesOf = ({ source, test }: Template, name: string): { path: string; text: string }[] => [
  { path: `${name}.ts`, text: source.replaceAll("NAME", name) },
  { path: `${name}.test.ts`, text: test.replaceAll("NAME", name) },
];
