import assert from "node:assert/strict";
import { createLive, type LiveSocket } from "../../../engine/dashboard/model/live.ts";

const PONG = JSON.stringify({ type: "pong", job: null });

function aPage() {
  const sockets: (LiveSocket & { sent: string[]; closed: boolean })[] = [];
  const timers = new Map<number, { at: number; run(): void }>();
  let now = 0;
  let ids = 0;
  const live = createLive({
    connect() {
      const socket = { sent: [] as string[], closed: false, onopen: null, onmessage: null, onclose: null } as (typeof sockets)[number];
      socket.send = (text) => void socket.sent.push(text);
      socket.close = () => {
        socket.closed = true;
      };
      sockets.push(socket);
      return socket;
    },
    setTimer(run, ms) {
      timers.set(++ids, { at: now + ms, run });
      return ids;
    },
    clearTimer: (id) => void timers.delete(id as number),
    random: () => 1,
    onSignedOut: () => {},
  });
  const pass = (ms: number, meanwhile = () => {}) => {
    const end = now + ms;
    for (;;) {
      const [id, next] = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (id === undefined || next === undefined) break;
      timers.delete(id);
      now = next.at;
      next.run();
      meanwhile();
    }
    now = end;
  };
  return { live, sockets, timers, pass, pings: (n: number) => sockets[n]?.sent.filter((text) => text === JSON.stringify({ ping: true })).length };
}

describe("the dashboard's one connection", () => {
  it("asks whether the engine is there, and stays as long as it answers", () => {
    const { live, sockets, pass, pings } = aPage();
    live.start();
    sockets[0]?.onopen?.();
    pass(10 * 60_000, () => sockets[0]?.onmessage?.(PONG));
    assert.deepEqual([live.state.value, sockets.length, pings(0)], ["live", 1, 60]);
  });

  it("is lost when nothing comes for half a minute, and another one is opened without waiting for the dead one's end", () => {
    const { live, sockets, pass } = aPage();
    live.start();
    sockets[0]?.onopen?.();
    pass(29_000);
    assert.equal(live.state.value, "live");
    pass(1_000);
    assert.deepEqual([live.state.value, sockets[0]?.closed], ["lost", true]);
    pass(500);
    assert.equal(sockets.length, 2);
    sockets[1]?.onopen?.();
    sockets[0]?.onclose?.(1006);
    assert.equal(live.state.value, "live");
  });

  it("has five seconds when the computer has slept or has another network", () => {
    const { live, sockets, pass, pings } = aPage();
    live.start();
    sockets[0]?.onopen?.();
    live.doubt();
    assert.equal(pings(0), 1);
    sockets[0]?.onmessage?.(PONG);
    pass(5_000);
    assert.equal(live.state.value, "live");
    live.doubt();
    pass(5_000);
    assert.equal(live.state.value, "lost");
    live.doubt();
    assert.equal(sockets.length, 2, "and one that is lost is tried at once");
  });

  it("that doesn't open is given up as well, and nothing is left when the page stops", () => {
    const { live, sockets, pass, timers } = aPage();
    live.start();
    pass(30_000);
    assert.deepEqual([live.state.value, sockets[0]?.sent.length], ["lost", 0]);
    sockets[0]?.onopen?.();
    assert.deepEqual([live.state.value, sockets[0]?.closed], ["lost", true], "too late");
    live.stop();
    assert.equal(timers.size, 0);
  });
});
