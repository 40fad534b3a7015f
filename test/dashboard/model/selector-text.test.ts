import assert from "node:assert/strict";
import { parseSelector, selectorMatches } from "../../../engine/core/selector.ts";
import { facetsOf } from "../../../engine/dashboard/model/facets.ts";
import { asNameSearch, hasTerm, patternOf, withTermToggled } from "../../../engine/dashboard/model/selector-text.ts";

describe("a selector that is clicked together", () => {
  const TOGGLED: readonly (readonly [before: string, key: string, value: string, after: string])[] = [
    ["", "os", "linux", "os=linux"],
    ["all", "os", "linux", "os=linux"],
    ["os=linux", "os", "linux", ""],
    ["os=linux", "os", "windows", "os=linux,windows"],
    ["os=linux,windows", "os", "linux", "os=windows"],
    ["name=web-*  os=linux", "tag:role", "web", "name=web-* os=linux tag:role=web"],
    ["tag:role=web name=a*", "tag:role", "web", "name=a*"],
    ["os!=linux", "os", "linux", "os!=linux os=linux"],
    ["", "fact:osName", "Debian GNU/Linux 12 (bookworm)", "fact:osName=Debian*GNU/Linux*12*(bookworm)"],
  ];
  for (const [before, key, value, after] of TOGGLED) {
    it(`"${before}" with ${key} ${value} chosen is "${after}"`, () => {
      assert.equal(withTermToggled(before, key, value), after);
      assert.equal(hasTerm(after, key, value), !hasTerm(before, key, value));
    });
  }

  it("is one that the engine takes, and finds the machines that were counted", () => {
    const facts = { osName: "Rocky Linux 9.6 (Blue Onyx), minimal" };
    const machine = { name: "web-1", scope: "/prod/web", state: "online", tags: { role: "a b,c" }, facts } as const;
    const text = [["fact:osName", facts.osName] as const, ["tag:role", "a b,c"] as const, ["scope", "/prod"] as const].reduce(
      (all, [key, value]) => withTermToggled(all, key, value),
      "",
    );
    assert.ok(selectorMatches(parseSelector(text), machine), text);
  });

  it("takes white space and commas of a value as any text, as selectors are split there", () => {
    assert.equal(patternOf("a, b\tc"), "a*b*c");
  });

  it("offers to look for part of a name where no term was typed", () => {
    assert.equal(asNameSearch("Web os=linux 01"), "name=*web* os=linux name=*01*");
    assert.equal(asNameSearch("os=linux"), undefined);
    assert.equal(asNameSearch("all"), undefined);
  });
});

describe("facets of machines", () => {
  const none = { items: [], more: 0 };
  const counted = (more: Partial<Parameters<typeof facetsOf>[0]>) => ({
    ...{ total: 1, state: none, compliance: none, scope: none, os: none, agentVersion: none, tag: none },
    ...more,
  });

  it("are one for each key of tags, without values that can't be selected", () => {
    const tag = {
      items: [
        { value: "role=web", count: 3 },
        { value: "role=a=b", count: 1 },
        { value: "empty=", count: 1 },
        { value: "env=prod", count: 1 },
      ],
      more: 2,
    };
    const facets = facetsOf(counted({ tag }), { selector: "tag:role=web", compliance: "" });
    assert.deepEqual(
      facets.map(({ name, more, values }) => [name, more, values.map(({ value, isIn, toggled }) => [value, isIn, toggled.selector])]),
      [
        [
          "role",
          0,
          [
            ["web", true, ""],
            ["a=b", false, "tag:role=web,a=b"],
          ],
        ],
        ["env", 2, [["prod", false, "tag:role=web tag:env=prod"]]],
      ],
    );
  });

  it("narrow by compliance beside the selector", () => {
    const compliance = { items: [{ value: "stale", count: 1 }], more: 0 };
    const toggledOf = (now: string) => facetsOf(counted({ compliance }), { selector: "os=linux", compliance: now })[0]?.values[0]?.toggled;
    assert.deepEqual(
      [toggledOf(""), toggledOf("stale")],
      [
        { selector: "os=linux", compliance: "stale" },
        { selector: "os=linux", compliance: "" },
      ],
    );
  });
});
