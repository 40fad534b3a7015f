import assert from "node:assert/strict";
import { createAddressRules, isPublic } from "../../engine/sandbox/http/address.ts";

describe("addresses that runbooks may reach", () => {
  const refused = [
    ["this host", "0.0.0.0"],
    ["loopback", "127.0.0.1"],
    ["all of loopback", "127.255.1.2"],
    ["private", "10.1.2.3"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["carrier-grade NAT", "100.64.0.1"],
    ["link-local and cloud metadata", "169.254.169.254"],
    ["protocol assignments", "192.0.0.1"],
    ["documentation", "203.0.113.9"],
    ["benchmarks", "198.18.0.1"],
    ["multicast", "224.0.0.1"],
    ["reserved", "240.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["unspecified", "::"],
    ["loopback", "::1"],
    ["unique local", "fd00:ec2::254"],
    ["link-local", "fe80::1"],
    ["link-local with a zone", "fe80::1%eth0"],
    ["multicast", "ff02::1"],
    ["documentation", "2001:db8::1"],
    ["Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ["6to4 around a private address", "2002:a00:1::1"],
    ["IPv4-mapped loopback", "::ffff:127.0.0.1"],
    ["IPv4-mapped metadata in hexadecimal", "::ffff:a9fe:a9fe"],
    ["NAT64 around loopback", "64:ff9b::7f00:1"],
    ["local NAT64", "64:ff9b:1::7f00:1"],
    ["IPv4-compatible", "::7f00:1"],
    ["discard only", "100::1"],
  ] as const;
  for (const [what, address] of refused) it(`aren't ${what} ${address}`, () => assert.equal(isPublic(address), false));

  for (const address of ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:1.1.1.1", "64:ff9b::101:101"]) {
    it(`are public ones such as ${address}`, () => assert.equal(isPublic(address), true));
  }

  it("are those that the operator opens, by host, wildcard, address or network", () => {
    const rules = createAddressRules(["status.internal", "*.lab", "10.1.0.0/16", "192.168.7.7", "fd00::/8"]);
    assert.ok(rules.isAllowed("status.internal", "10.99.0.1"));
    assert.ok(rules.isAllowed("Status.INTERNAL", "127.0.0.1"));
    assert.ok(rules.isAllowed("a.b.lab", "127.0.0.1"));
    assert.ok(rules.isAllowed("anything", "10.1.200.1"));
    assert.ok(rules.isAllowed("anything", "::ffff:10.1.200.1"));
    assert.ok(rules.isAllowed("anything", "192.168.7.7"));
    assert.ok(rules.isAllowed("anything", "fd12::1"));
    assert.ok(!rules.isAllowed("anything", "10.2.0.1"));
    assert.ok(!rules.isAllowed("anything", "192.168.7.8"));
    assert.ok(!rules.isAllowed("lab", "127.0.0.1"));
    assert.ok(!rules.isAllowed("status.internal.evil.example", "127.0.0.1"));
  });
});
