import assert from "node:assert/strict";
import { withoutCredentials } from "../../engine/agent/credentials.ts";

describe("credentials in the words of package managers", () => {
  const cases: readonly [said: string, told: string][] = [
    ["Couldn't connect to server for http://user:s3cret@127.0.0.1:9/x/repodata", "Couldn't connect to server for http://…@127.0.0.1:9/x/repodata"],
    ["https://tok%40en@deb.example/debian and ftp://a:b@c/d", "https://…@deb.example/debian and ftp://…@c/d"],
    ["http://deb.example/debian bookworm, maintained by ada@example.com", "http://deb.example/debian bookworm, maintained by ada@example.com"],
    ["nothing at all", "nothing at all"],
  ];
  for (const [said, told] of cases) it(`are left out of "${said}"`, () => assert.equal(withoutCredentials(said), told));

  it("never show a half of one, wherever a long text is cut", () => {
    const text = `${"words ".repeat(20)}https://user:s3cret-word@deb.example/debian and http://other.example/x and ${"more ".repeat(1_000)}`;
    for (let max = 1; max < 220; max++) {
      const told = withoutCredentials(text, max);
      assert.ok(told.length <= max);
      assert.doesNotMatch(told, /user|s3c/, told);
    }
    assert.match(withoutCredentials(text, 200), /https:\/\/…@deb\.example\/debian and http:\/\/other\.example\/x/);
  });

  it("are looked for in what is told alone: of megabytes the rest isn't looked through, which would take hours", () => {
    const text = "a.b-c+d.".repeat(1_000_000);
    assert.equal(withoutCredentials(text, 4_000), text.slice(0, 4_000));
  });
});
