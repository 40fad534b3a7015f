import assert from "node:assert/strict";
import { namesIn } from "../../../engine/dashboard/model/location.ts";
import { groupingOf, groupPath } from "../../../engine/dashboard/model/update-group.ts";

describe("groups of updates in addresses", () => {
  for (const name of ["openssl", "a/b?c#d", "100 %", "\u202Elssbil", "<img src=x>"])
    it(`finds ${JSON.stringify(name)} again`, () => assert.deepEqual(namesIn("/updates/:by/:name", groupPath("update", name)), { by: "update", name }));

  it("takes any other word for a name's group", () =>
    assert.deepEqual([undefined, "", "cve", "nonsense"].map(groupingOf), ["update", "update", "cve", "update"]));
});
