"use strict";
// Put in the place of an extension's main file: loads and activates the real one and writes down how long that took, in milliseconds. VS Code's own figure is the
// same: reading the code and the call of `activate`. What the editor does meanwhile, while it starts itself, isn't in it. The floor is an extension that does nothing,
// activated just before in the same way.
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

const empty = timed("empty-extension.cjs");
empty.activate();
const extension = timed("extension.cjs");

/** Loads it, and returns what also times the call of its `activate`. */
function timed(file) {
  const times = {};
  const { value: main, ...load } = measured(() => require(join(__dirname, file)));
  return {
    main,
    times,
    activate(context) {
      const { value, ...call } = measured(() => main.activate(context));
      // Of this thread alone: what it had to do, however many others wanted the processor meanwhile. Node 24 and later say it.
      Object.assign(times, { load: load.wall, total: load.wall + call.wall, work: load.work + call.work });
      return value;
    },
  };
}

function measured(act) {
  const [wall, work] = [performance.now(), worked()];
  const value = act();
  return { value, wall: performance.now() - wall, work: worked() - work };
}

function worked() {
  const { user, system } = process.threadCpuUsage?.() ?? { user: Number.NaN, system: 0 };
  return (user + system) / 1_000;
}

exports.activate = async (context) => {
  const called = performance.now();
  const api = await extension.activate(context);
  const resolved = performance.now() - called;
  writeFileSync(process.env.RUNWRIGHT_TEST_OUTPUT, JSON.stringify({ ...extension.times, resolved, floor: empty.times.total }));
  return api;
};
exports.deactivate = () => extension.main.deactivate?.();
