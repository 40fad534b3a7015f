import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KNOWN_TYPES_FILE, type KnownNames, knownTypes, typeOfSchema } from "../../engine/authoring/known-types.ts";
import { createTypeChecker } from "../../engine/authoring/typecheck.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const CRM = {
  type: "object",
  required: ["url", "token"],
  properties: { url: { type: "string" }, token: { type: "string", writeOnly: true }, port: { type: "integer" } },
};
const KNOWN: KnownNames = {
  assets: [
    { kind: "secret", name: "token" },
    { kind: "credential", name: "db-admin" },
    { kind: "certificate", name: "www" },
    { kind: "connection", name: "crm", schema: CRM },
    { kind: "variable", name: "region", type: "string" },
    { kind: "variable", name: "limits", type: "json" },
  ],
  runbooks: [
    {
      name: "restart",
      parameters: { type: "object", required: ["role", "wait"], properties: { role: { enum: ["web", "db"] }, wait: { type: "number", default: 5 } } },
    },
    { name: "hello", parameters: { type: "object", properties: {} } },
  ],
  tags: ["role", "env"],
};

/** Without the file every line is fine; with it those marked `wrong` aren't. */
const RUNBOOK = `import { runbook } from "runwright";

export default runbook({
  summary: "Uses what exists",
  permissions: {
    machines: { select: "os=linux tag:role=web tag:env!=test", actions: [] },
    secrets: ["token"],
    credentials: ["db-admin"],
    certificates: ["www"],
    connections: ["crm"],
    variables: ["region", "limits"],
    setVariables: ["not-there-yet"],
    jobs: ["restart", "hello"],
  },
  async run({ secrets, credentials, certificates, connections, variables, machines, jobs, log }) {
    log(await secrets.get("token"), { password: (await credentials.get("db-admin")).password, subject: (await certificates.get("www")).subject });
    const crm = await connections.get<{ url: string }>("crm");
    const region = await variables.get<string>("region");
    const where: string = "role";
    await machines.select(\`tag:role=\${region} name=\${crm.url}\`);
    await machines.select(\`tag:\${where}=web\`);
    await machines.select();
    await jobs.run("restart", { role: "web" });
    await jobs.start("hello");
    await jobs.run("restart", { role: "nobody" }); // wrong
    await jobs.run("restart"); // wrong
    await machines.select("os=linux tag:rolle=web"); // wrong
  },
});

export const misspelt = runbook({ summary: "x", permissions: { secrets: ["tokn"] }, run() {} }); // wrong
export const noSuchJob = runbook({ summary: "x", permissions: { jobs: ["restrat"] }, run() {} }); // wrong
export const noSuchTag = runbook({ summary: "x", permissions: { machines: { select: "tag:rolle=web", actions: [] } }, run() {} }); // wrong
`;

describe("types of what exists on an engine", function () {
  this.timeout(20_000);
  const checker = createTypeChecker();
  after(() => checker.stop());

  it("make names that don't exist errors, and only when the file is there", async () => {
    await using folder = await temporaryDirectory();
    const entry = join(folder.path, "subject.ts");
    await writeFile(entry, RUNBOOK);
    assert.deepEqual(await checker.check({ entry }), []);
    await writeFile(join(folder.path, KNOWN_TYPES_FILE), knownTypes(KNOWN));
    const wrong = RUNBOOK.split("\n").flatMap((line, i) => (line.endsWith("// wrong") ? [i + 1] : []));
    const found = await checker.check({ entry });
    assert.deepEqual([...new Set(found.map(({ line }) => line))], wrong, JSON.stringify(found, null, 1));
    assert.match(found.find(({ message }) => message.includes('"tokn"'))?.message ?? "", /not assignable to type '"token"'/);
  });

  it("give values the types of variables, connections and parameters", async () => {
    await using folder = await temporaryDirectory();
    const entry = join(folder.path, "subject.ts");
    await writeFile(join(folder.path, KNOWN_TYPES_FILE), knownTypes(KNOWN));
    await writeFile(
      entry,
      `import { runbook } from "runwright";
export default runbook({
  summary: "Typed",
  permissions: { connections: ["crm"], variables: ["region", "limits"], machines: { select: "all", actions: [] } },
  async run({ connections, variables, machines }) {
    const { url, token, port } = await connections.get("crm");
    const texts: string[] = [url, token, await variables.get("region")];
    const maybe: number | undefined = port;
    const [machine] = await machines.select();
    const role: string | undefined = machine?.tags.role;
    return [texts, maybe, role];
  },
});
`,
    );
    assert.deepEqual(await checker.check({ entry }), []);
  });

  it("are the same whatever the order in which they come", () => {
    const reversed = { assets: KNOWN.assets.toReversed(), runbooks: KNOWN.runbooks.toReversed(), tags: KNOWN.tags.toReversed() };
    assert.equal(knownTypes(reversed), knownTypes(KNOWN));
    assert.match(knownTypes({ assets: [], runbooks: [], tags: [] }), /secrets: \{\};/);
  });

  const schemas: [schema: unknown, type: string][] = [
    [{ type: "string" }, "string"],
    [{ type: ["integer", "null"] }, "number | null"],
    [{ const: 'a"b' }, '"a\\"b"'],
    [{ enum: ["a", 1, null] }, '"a" | 1 | null'],
    [{ anyOf: [{ type: "string" }, { type: "array", items: { type: "number" } }] }, "string | (readonly number[])"],
    [{ type: "array", items: { enum: ["a", "b"] } }, 'readonly ("a" | "b")[]'],
    [{ type: "array", items: [{ type: "string" }, { type: "number" }] }, "readonly [string, number]"],
    [{ type: "object", patternProperties: { "^.*$": { type: "number" } } }, "{ readonly [member: string]: number }"],
    [{ type: "object", required: ["a"], properties: { a: { type: "string" }, "b; x": {} } }, '{ readonly "a": string; readonly "b; x"?: unknown }'],
    [true, "unknown"],
  ];
  for (const [schema, type] of schemas) {
    it(`says ${JSON.stringify(schema)} as ${type}`, () => assert.equal(typeOfSchema(schema), type));
  }
});
