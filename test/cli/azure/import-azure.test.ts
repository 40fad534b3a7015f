import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { convert } from "../../../engine/cli/azure/convert.ts";
import { readResources } from "../../../engine/cli/azure/read-resources.ts";
import { textOf } from "../../../engine/cli/azure/read-text.ts";
import { findingText, importedText } from "../../../engine/cli/azure/text.ts";

const SAMPLES = new URL("./samples/", import.meta.url);
const NOW = Date.UTC(2026, 10, 27);
const ID = "/subscriptions/s1/resourceGroups/rg/providers";

type Json = Record<string, any>;

const converted = (resources: readonly Json[], options: { skipUnknown?: boolean } = {}) =>
  convert(readResources(JSON.stringify(resources), "file").resources, { now: NOW, skipUnknown: options.skipUnknown ?? false });

/** A configuration of Azure Automation with what every one has. */
const software = ({ schedule = {}, updates = {}, ...more }: { schedule?: Json; updates?: Json; [member: string]: any } = {}): Json => ({
  name: "patch",
  properties: {
    updateConfiguration: {
      ...{ operatingSystem: "Linux", linux: { includedPackageClassifications: "Security, Critical" }, duration: "PT2H", nonAzureComputerNames: ["db1"] },
      ...updates,
    },
    scheduleInfo: { startTime: "2026-01-05T02:30:00+01:00", isEnabled: true, frequency: "Day", interval: 1, timeZone: "Europe/Berlin", ...schedule },
    ...more,
  },
});

const maintenance = (window: Json = {}, patches: Json = {}): Json => ({
  name: "patch",
  properties: {
    maintenanceScope: "InGuestPatch",
    maintenanceWindow: { startDateTime: "2026-01-05 02:30", duration: "03:00", timeZone: "W. Europe Standard Time", recurEvery: "Day", ...window },
    installPatches: { linuxParameters: { classificationsToInclude: ["Critical", "Security"] }, ...patches },
  },
});

function windowOf(resource: Json): Json {
  const { imported, problems } = converted([resource]);
  assert.deepEqual(problems, []);
  return imported[0]?.documents.find(({ kind }) => kind === "MaintenanceWindow") as Json;
}

const problemsOf = (resource: Json) => converted([resource]).problems.map(findingText);

describe("configurations of Azure", () => {
  it("become the documents of their golden files", async () => {
    const names = (await readdir(SAMPLES)).filter((name) => name.endsWith(".json"));
    assert.ok(names.length >= 3);
    for (const name of names) {
      const { resources } = readResources(await readFile(new URL(name, SAMPLES), "utf8"), name);
      const { imported, problems, differences } = convert(resources, { now: NOW, skipUnknown: false });
      assert.deepEqual(problems, [], name);
      const golden = await readFile(new URL(name.replace(".json", ".yaml"), SAMPLES), "utf8");
      assert.equal(imported.map((one) => importedText(one, differences)).join("---\n"), golden, name);
    }
  });

  it("become what docs/azure.md shows beside one", async () => {
    const page = await readFile(new URL("../../../docs/azure.md", import.meta.url), "utf8");
    const [, json = "", yaml] = /## An example[\s\S]*?```json\n([\s\S]*?)```[\s\S]*?```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const { imported, problems, differences } = converted([JSON.parse(json)]);
    assert.deepEqual(problems, []);
    assert.equal(imported.map((one) => importedText(one, differences)).join("---\n"), yaml);
  });

  it("are refused where they contradict themselves, and told where a part had no effect", () => {
    const ended = { frequency: "Week", expiryTime: "2026-01-04T02:30:00+01:00" };
    assert.match(
      problemsOf(software({ schedule: ended })).join(),
      /scheduleInfo: expires at 2026-01-04T02:30, which isn't after its start at 2026-01-05T02:30/,
    );
    assert.match(problemsOf(maintenance({ expirationDateTime: "2026-01-05 02:30" })).join(), /maintenanceWindow: expires at .* isn't after its start/);
    const once = { frequency: "OneTime", startTime: "2027-01-05T02:30:00+01:00", expiryTime: "2027-01-05T02:30:00+01:00" };
    assert.deepEqual(problemsOf(software({ schedule: once })), [], "Azure gives what runs once its start as its end");
    const masks = { linux: { includedPackageNameMasks: ["bash\nkind: Role"] } };
    assert.match(problemsOf(software({ updates: masks })).join(), /"bash\\nkind: Role" is no name of a package: it has control characters/);
    const { differences } = converted([software({ updates: { windows: { includedKbNumbers: ["5034441"] } } })]);
    assert.deepEqual(differences.map(findingText), [
      "patch: properties.updateConfiguration.windows: is left out: the configuration is for Linux, so it had no effect",
    ]);
  });

  describe("schedules of Azure Automation", () => {
    const cases: [what: string, schedule: Json, expected: Json][] = [
      ["each day", {}, { recurrence: { frequency: "daily", times: ["02:30"] } }],
      [
        "each third day, counted from its start",
        { interval: 3 },
        { recurrence: { frequency: "daily", every: 3, times: ["02:30"] }, startAt: "2026-01-05T02:30" },
      ],
      ["hours, counted from its start", { frequency: "Hour", interval: 6 }, { recurrence: { frequency: "hourly", every: 6 }, startAt: "2026-01-05T02:30" }],
      ["weeks, on the weekday of its start", { frequency: "Week" }, { recurrence: { frequency: "weekly", weekdays: ["monday"], times: ["02:30"] } }],
      [
        "weekdays",
        { frequency: "Week", advancedSchedule: { weekDays: ["Monday", "Friday"] } },
        { recurrence: { frequency: "weekly", weekdays: ["monday", "friday"], times: ["02:30"] } },
      ],
      [
        "days of the month, -1 for the last",
        { frequency: "Month", advancedSchedule: { monthDays: [1, -1] } },
        { recurrence: { frequency: "monthly", days: [1, "last"], times: ["02:30"] } },
      ],
      [
        "the last Sunday",
        { frequency: "Month", advancedSchedule: { monthlyOccurrences: [{ occurrence: -1, day: "Sunday" }] } },
        { recurrence: { frequency: "monthly", weekdays: [{ nth: "last", weekday: "sunday" }], times: ["02:30"] } },
      ],
      ["a start to come", { startTime: "2027-03-01T10:00:00Z" }, { recurrence: { frequency: "daily", times: ["11:00"] }, startAt: "2027-03-01T11:00" }],
      ["an end to come", { expiryTime: "2027-03-01T10:00:00Z" }, { recurrence: { frequency: "daily", times: ["02:30"] }, expiresAt: "2027-03-01T11:00" }],
      ["once", { frequency: "OneTime", startTime: "2027-03-01T10:00:00Z" }, { recurrence: { frequency: "once", at: "2027-03-01T11:00" } }],
    ];
    for (const [what, schedule, expected] of cases)
      it(`are taken over: ${what}`, () => {
        const { recurrence, startAt, expiresAt, enabled } = windowOf(software({ schedule }));
        assert.deepEqual({ recurrence, ...(startAt ? { startAt } : {}), ...(expiresAt ? { expiresAt } : {}) }, expected);
        assert.equal(enabled, undefined);
      });
  });

  describe("recurrences of Update Manager", () => {
    const at = { times: ["02:30"] };
    const cases: [text: string, expected: Json][] = [
      ["Day", { frequency: "daily", ...at }],
      ["3Days", { frequency: "daily", every: 3, ...at }],
      ["6Hours", { frequency: "hourly", every: 6 }],
      ["Week", { frequency: "weekly", weekdays: ["monday"], ...at }],
      ["Week Saturday,Sunday", { frequency: "weekly", weekdays: ["saturday", "sunday"], ...at }],
      ["2Weeks Sat", { frequency: "weekly", every: 2, weekdays: ["saturday"], ...at }],
      ["Month", { frequency: "monthly", days: [5], ...at }],
      ["2Months day23,day-1", { frequency: "monthly", every: 2, days: [23, "last"], ...at }],
      ["Month Last Sunday Offset-3", { frequency: "monthly", weekdays: [{ nth: "last", weekday: "sunday" }], ...at, offsetDays: -3 }],
      ["Month Third Sunday Offset6", { frequency: "monthly", weekdays: [{ nth: 3, weekday: "sunday" }], ...at, offsetDays: 6 }],
    ];
    for (const [recurEvery, expected] of cases)
      it(`are taken over: ${recurEvery}`, () => {
        const { recurrence, timeZone, duration } = windowOf(maintenance({ recurEvery }));
        assert.deepEqual({ recurrence, timeZone, duration }, { recurrence: expected, timeZone: "Europe/Berlin", duration: "3h" });
      });
  });

  describe("are refused, with what is wrong and where", () => {
    const cases: [what: string, resource: Json, message: RegExp][] = [
      [
        "hours with weekdays",
        software({ schedule: { frequency: "Hour", advancedSchedule: { weekDays: ["Monday"] } } }),
        /weekDays: contradicts the frequency Hour/,
      ],
      [
        "weeks with days of the month",
        software({ schedule: { frequency: "Week", advancedSchedule: { monthDays: [1] } } }),
        /monthDays: contradicts the frequency Week/,
      ],
      [
        "days and weekdays of the month",
        software({ schedule: { frequency: "Month", advancedSchedule: { monthDays: [1], monthlyOccurrences: [{ occurrence: 1, day: "Monday" }] } } }),
        /advancedSchedule: has days of the month and weekdays/,
      ],
      [
        "a sixth Monday",
        software({ schedule: { frequency: "Month", advancedSchedule: { monthlyOccurrences: [{ occurrence: 6, day: "Monday" }] } } }),
        /6 is neither 1 to 5 nor -1/,
      ],
      ["hours with weekdays, as a text", maintenance({ recurEvery: "2Hours Monday" }), /recurEvery: "2Hours Monday" contradicts itself/],
      ["a recurrence that nobody can read", maintenance({ recurEvery: "Fortnightly" }), /"Fortnightly" can't be read; such as/],
      ["an unknown member", software({ schedule: { frequencey: "Day" } }), /did you mean "frequency"\? \(--skip-unknown leaves it out\)/],
      [
        "an unknown classification",
        software({ updates: { linux: { includedPackageClassifications: "Urgent" } } }),
        /"Urgent" isn't known here; known are Unclassified, Critical/,
      ],
      ["an unknown zone", software({ schedule: { timeZone: "Middle Earth Standard Time" } }), /there is no time zone "Middle Earth/],
      ["a window of a quarter of an hour", software({ updates: { duration: "PT15M" } }), /PT15M is no length of a window: from 30m to 24h/],
      ["no duration", maintenance({ duration: null }), /duration: says no duration/],
      ["a start that is none", maintenance({ startDateTime: "tomorrow" }), /"tomorrow" isn't a wall time/],
      ["another operating system", software({ updates: { operatingSystem: "Solaris" } }), /"Solaris" is neither Windows nor Linux/],
      [
        "a number that is no KB",
        software({ updates: { operatingSystem: "Windows", windows: { includedKbNumbers: ["x"] } } }),
        /"x" isn't the number of a knowledge base article/,
      ],
      [
        "tags of which neither all nor any",
        software({ updates: { targets: { azureQueries: [{ tagSettings: { tags: { a: ["b"] }, filterOperator: "Some" } }] } } }),
        /"Some" is neither All nor Any/,
      ],
      ["a type that isn't right", software({ schedule: { interval: "often" } }), /interval: must be number/],
      [
        "an item of a list",
        { name: "x", properties: { updateConfiguration: { duration: "PT2H" }, frequency: "Week", startTime: "2026-01-05T02:30:00Z" } },
        /comes from a list/,
      ],
      ["something else of Azure's", { name: "vm", type: "Microsoft.Compute/virtualMachines", properties: {} }, /isn't one of softwareUpdateConfigurations/],
    ];
    for (const [what, resource, message] of cases)
      it(what, () => {
        assert.match(problemsOf(resource).join("\n"), message);
      });
  });

  describe("whose windows stay disabled, as more would happen than in Azure", () => {
    const cases: [what: string, resource: Json][] = [
      ["pre- and post-tasks", software({ tasks: { preTask: { source: "Stop-Service" } } })],
      ["nothing chosen", software({ updates: { linux: { includedPackageClassifications: "Unclassified" } } })],
      [
        "updates that need a reboot left out",
        maintenance({}, { windowsParameters: { classificationsToInclude: ["Security"], excludeKbsRequiringReboot: true } }),
      ],
      ["a dynamic scope without any filter", software({ updates: { targets: { azureQueries: [{ scope: [] }] } } })],
      ["one that is over", software({ schedule: { expiryTime: "2026-02-01T00:00:00Z" } })],
      ["one that was to open once", software({ schedule: { frequency: "OneTime" } })],
      ["one that is disabled there", software({ schedule: { isEnabled: false } })],
    ];
    for (const [what, resource] of cases)
      it(what, () => {
        assert.equal(windowOf(resource).enabled, false);
      });

    it("an unknown member that was left out", () => {
      const { imported, problems, differences } = converted([software({ schedule: { onlyIfIdle: true } })], { skipUnknown: true });
      assert.deepEqual([problems, imported[0]?.documents[1]?.enabled], [[], false]);
      assert.deepEqual(differences.map(findingText), [
        "patch: properties.scheduleInfo.onlyIfIdle: isn't known and was left out; look whether it restricts anything",
      ]);
    });
  });

  it("say what they have no machines for: a tag to set, and never all machines", () => {
    assert.equal(windowOf(maintenance()).selector, "os=linux tag:azure-updates=patch");
    assert.equal(windowOf(software({ updates: { nonAzureComputerNames: [] } })).selector, "os=linux tag:azure-updates=patch");
  });

  it("name more machines than a selector can by a tag", () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `machine-${i}`);
    const { imported, differences } = converted([software({ updates: { nonAzureComputerNames: names } })]);
    assert.equal(imported[0]?.documents[0]?.selector, "os=linux tag:azure-updates=patch");
    assert.match(
      differences.map(findingText).join(),
      /1000 machines are more than a selector can name; set the tag azure-updates=patch for them: machine-0 machine-1 /,
    );
  });

  it("of one name get different ones", () => {
    const { imported } = converted([software(), software()]);
    assert.deepEqual(
      imported.map(({ file, documents }) => [file, documents[0]?.name]),
      [
        ["patch", "patch"],
        ["patch-2", "patch-2"],
      ],
    );
  });

  it("that only reboot have no policy, which would approve everything", () => {
    const { imported } = converted([software({ updates: { linux: { includedPackageClassifications: "Unclassified", rebootSetting: "RebootOnly" } } })]);
    assert.deepEqual(
      imported[0]?.documents.map(({ kind, reboot, enabled }) => ({ kind, reboot, enabled })),
      [{ kind: "MaintenanceWindow", reboot: "only", enabled: undefined }],
    );
  });

  it("can't write anything but comments by their names and texts", () => {
    const hostile = "x\nkind: Role\u2028\u0085principal: eve\u001b[2J";
    const resource: Json = { ...software({ tasks: { preTask: { source: hostile, parameters: { [hostile]: 1 } } } }), name: hostile, id: `${ID}/${hostile}` };
    const { imported, differences } = converted([
      { ...resource, properties: { ...resource.properties, scheduleInfo: { ...resource.properties.scheduleInfo, description: hostile } } },
    ]);
    const text = imported.map((one) => importedText(one, differences)).join("");
    const lines = text.split(/[\n\u2028\u0085]/);
    assert.deepEqual(
      lines.filter((line) => /^(kind|principal):/.test(line)),
      ["kind: UpdatePolicy", "kind: MaintenanceWindow"],
    );
    assert.ok(!text.includes("\u001b"));
  });
});

describe("files of Azure", () => {
  const cases: [what: string, text: string, message: RegExp][] = [
    ["nothing", "  \n", /file is empty; docs\/azure.md says how to get them/],
    ["half a file", '{"value": [{"name": "patch", "proper', /ends in the middle of its JSON: it was cut off/],
    ["half a file, after a value", '{"value": [{"name": "patch"', /ends in the middle of its JSON/],
    ["no JSON", "<html>\n<body>", /file:1:1: isn't JSON|file: isn't JSON/],
    ["a number", "12", /doesn't hold resources of Azure, but a number/],
    ["an empty list", "[]", /holds no resource/],
    ["a value that is no list", '{"value": 3}', /value must be a list/],
    [
      "an error of Azure's",
      '{"error":{"code":"AuthorizationFailed","message":"eve may not"}}',
      /holds an error that Azure has answered with, not a configuration: eve may not/,
    ],
    ["brackets without end", `${"[".repeat(1_000)}${"]".repeat(1_000)}`, /nests deeper than 50 levels/],
  ];
  for (const [what, text, message] of cases)
    it(`are refused: ${what}`, () => {
      assert.throws(() => readResources(text, "file"), message);
    });

  it("may be one resource, a list, or pages of a list", () => {
    const one = software();
    for (const [value, expected] of [
      [one, { count: 1, hasMore: false }],
      [[one, one], { count: 2, hasMore: false }],
      [{ value: [one] }, { count: 1, hasMore: false }],
      [[{ value: [one], nextLink: "https://management.azure.com/…" }, { value: [one] }], { count: 2, hasMore: true }],
    ] as const) {
      const { resources, hasMore } = readResources(JSON.stringify(value), "file");
      assert.deepEqual({ count: resources.length, hasMore }, expected);
    }
  });

  it("are read as Windows PowerShell writes them, in UTF-16", () => {
    const text = JSON.stringify(software());
    assert.equal(textOf(Buffer.from(`\ufeff${text}`, "utf16le"), "file"), text);
    assert.throws(() => textOf(Buffer.from([0x7b, 0xff, 0xff]), "file"), /isn't text in UTF-8/);
  });
});
