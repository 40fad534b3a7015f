import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { type Admin, adminOf, signInToLocal, waitForLocal } from "../../../extension/model/workspace/local-engine.ts";
import { scheduleText } from "../../../extension/model/workspace/schedule-file.ts";
import { handTimers } from "./timers.ts";

const FILE = JSON.stringify({ url: "http://127.0.0.1:4680", token: "rw_secret" });
const unreachable = new RunwrightError("ENGINE_UNREACHABLE", "nobody is there");

describe("an engine that is started from VS Code", () => {
  const never = new AbortController().signal;

  it("is found by the file that it writes into its folder", () => {
    assert.deepEqual(adminOf(FILE), { address: { url: "http://127.0.0.1:4680" }, token: "rw_secret" });
    assert.deepEqual(adminOf(JSON.stringify({ url: "https://localhost:1/", token: "t", tlsPin: "p" })).address, { url: "https://localhost:1", tlsPin: "p" });
  });

  for (const url of ["https://evil.example", "http://127.0.0.1.evil.example", "http://localhost@evil.example", "http://10.0.0.1:4680", "file:///etc", "x"]) {
    it(`is never ${url}, whoever has put the file there`, async () => {
      const signIn = () => assert.fail("nothing is to be sent anywhere");
      const read = async () => JSON.stringify({ url, token: "t" });
      await assert.rejects(signInToLocal({ read, signIn, timers: handTimers() }, never), /isn't on this machine/);
    });
  }

  for (const text of ["", "{", "null", "[]", '{"url":"http://localhost"}', '{"url":1,"token":"t"}']) {
    it(`isn't there yet while its file has ${text || "nothing"}`, async () => {
      const signIn = () => assert.fail("nothing is to be sent anywhere");
      assert.equal(await signInToLocal({ read: async () => text, signIn, timers: handTimers() }, never), undefined);
    });
  }

  it("isn't taken for running when an earlier one has left its file", async () => {
    for (const error of [unreachable, new RunwrightError("UNAUTHENTICATED", "the token is of before")])
      assert.equal(await signInToLocal({ read: async () => FILE, signIn: () => Promise.reject(error), timers: handTimers() }, never), undefined);
  });

  it("that is too old or too new is told as what it is", async () => {
    const signIn = () => Promise.reject(new RunwrightError("PERMISSION_DENIED", "no"));
    await assert.rejects(signInToLocal({ read: async () => FILE, signIn, timers: handTimers() }, never), /no/);
  });

  it("is asked until it serves", async () => {
    const timers = handTimers();
    const tried: Admin[] = [];
    const answers = [undefined, FILE, FILE];
    const signIn = async (admin: Admin) => {
      tried.push(admin);
      if (tried.length === 1) throw unreachable;
      return "signed in";
    };
    const waiting = waitForLocal({ read: async () => answers.shift(), signIn, timers }, never);
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await timers.advance(500);
    }
    assert.equal(await waiting, "signed in");
    assert.equal(tried.length, 2);
    assert.equal(timers.waiting(), 0);
  });

  it("that never comes is waited for until somebody cancels, and no timer is left", async () => {
    const timers = handTimers();
    const life = new AbortController();
    const waiting = waitForLocal({ read: async () => undefined, signIn: () => assert.fail("there is none"), timers }, life.signal);
    await new Promise((resolve) => setImmediate(resolve));
    life.abort(new Error("cancelled"));
    await assert.rejects(waiting, /cancelled/);
    assert.equal(timers.waiting(), 0);
  });
});

describe("a new schedule", () => {
  it("says when, where and what, and what it is called", () => {
    assert.equal(
      scheduleText({ runbook: "greet", timeZone: "Europe/Berlin" }),
      "kind: Schedule\nname: greet-nightly\ncron: 30 2 * * *\ntimeZone: Europe/Berlin\nruns:\n  - runbook: greet\n",
    );
  });
});
