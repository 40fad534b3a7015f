import assert from "node:assert/strict";
import { does, signInTo, statusBar } from "../person.ts";
import { inFront, run, type Stage, shown } from "./stage.ts";

export const CONNECTION = {
  async "runwright.signIn"({ world }: Stage) {
    await signInTo(world);
    assert.match(String(statusBar().tooltip), /Connected to .* as admin/);
    const { said } = await does("runwright.signIn", [], { write: world.url }, { pick: "$(key) With a token" }, { write: `${world.token} ` });
    assert.match(said.at(-1)?.words ?? "", /Signed in to .* as admin/);
  },
  async "runwright.signOut"({ world }: Stage) {
    await does("runwright.signOut");
    assert.match(String(statusBar().tooltip), new RegExp(`^Signed out of ${world.url}`));
    assert.equal(statusBar().command, "runwright.signIn");
    await does("runwright.signOut");
    assert.equal(statusBar().text, "$(plug) Runwright");
    await signInTo(world);
  },
  async "runwright.switchEngine"({ world }: Stage) {
    const other = { ...world, url: world.url.replace("127.0.0.1", "localhost") };
    const { id } = await run(world, "hello", { name: "Ada" });
    await does("runwright.openJobOutput", [id]);
    await shown(/Hello, Ada/);
    const { uri } = inFront();
    await signInTo(other);
    // What the engine before has told isn't shown as this one's, though the ids are the same.
    await shown(/^This is of the engine http:\/\/127\.0\.0\.1:\d+; this window works with http:\/\/localhost:\d+ now/);
    await does("runwright.openJobOutput", [id]);
    await shown(/Hello, Ada/);
    assert.notEqual(inFront().uri.toString(), uri.toString());
    assert.match(String(statusBar().tooltip), /localhost/);
    await does("runwright.switchEngine", [], { pick: world.url });
    assert.match(String(statusBar().tooltip), /Connected to http:\/\/127\.0\.0\.1/);
    await does("runwright.switchEngine", [], { pick: other.url });
    await does("runwright.signOut");
    assert.match(String(statusBar().tooltip), /^Signed out of http:\/\/localhost/, "another one isn't taken in its place");
    await does("runwright.signOut");
    await does("runwright.switchEngine", [], { pick: world.url });
    assert.match(String(statusBar().tooltip), /Connected to http:\/\/127\.0\.0\.1/);
  },
  async "runwright.reconnect"() {
    await does("runwright.reconnect");
    assert.match(String(statusBar().tooltip), /^Connected/);
  },
};
