import assert from "node:assert/strict";
import Fastify from "fastify";
import { createClientAddress } from "../../engine/http/client-address.ts";

describe("the client's address of a request that doesn't come through the routes", () => {
  const requests: [socket: string, forwardedFor: string | undefined][] = [
    ["10.0.0.1", undefined],
    ["10.0.0.1", "203.0.113.9"],
    ["10.0.0.1", "198.51.100.7, 203.0.113.9"],
    ["10.0.0.1", "198.51.100.7, 10.2.0.1"],
    ["10.0.0.1", "10.3.0.1, 10.2.0.1"],
    ["10.0.0.1", "not an address"],
    ["10.0.0.1", "203.0.113.9, not an address"],
    ["10.0.0.1", ""],
    ["10.0.0.1", " , 203.0.113.9 ,"],
    ["::ffff:10.0.0.1", "203.0.113.9"],
    ["2001:db8::1", "2001:db9::7"],
    ["192.0.2.1", "203.0.113.9"],
  ];
  for (const trustedProxies of [[], ["10.0.0.0/8"], ["10.0.0.1", "2001:db8::/32"]]) {
    it(`is what fastify finds when ${trustedProxies.join(" and ") || "no proxy"} is trusted`, async () => {
      const address = createClientAddress(trustedProxies);
      const app = Fastify({ trustProxy: trustedProxies.length > 0 ? trustedProxies : false });
      app.get("/", (request) => ({ fastify: request.ip, ours: address(request.raw) }));
      for (const [remoteAddress, forwardedFor] of requests) {
        const headers = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
        const { fastify, ours } = (await app.inject({ url: "/", remoteAddress, headers })).json();
        assert.equal(ours, fastify, `${forwardedFor} from ${remoteAddress}`);
        if (trustedProxies.length === 0) assert.equal(ours, remoteAddress);
        else if (remoteAddress === "10.0.0.1" && forwardedFor === "198.51.100.7, 203.0.113.9") assert.equal(ours, "203.0.113.9");
      }
      await app.close();
    });
  }
});
