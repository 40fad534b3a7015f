import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { globMatches } from "../../core/selector.ts";

/**
 * Which addresses runbooks may reach. Without the operator's word only addresses of the public internet: loopback, link-local (cloud metadata),
 * private, carrier-grade NAT, multicast, documentation and tunnelling ranges are refused (IANA special-purpose registries, RFC 6890).
 */
export interface AddressRules {
  /** @param hostname as in the URL; the operator may have opened it by name */
  isAllowed(hostname: string, address: string): boolean;
}

const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3], // multicast, reserved, broadcast
];

/** Within the global unicast range: Teredo and other protocol assignments, documentation, 6to4. */
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const privateV4 = listOf(PRIVATE_V4, "ipv4");
const globalV6 = listOf([["2000::", 3]], "ipv6");
const specialV6 = listOf(SPECIAL_V6, "ipv6");

/**
 * @param opened what the operator opens: hosts (`status.internal`, `*.internal`), addresses and networks (`10.1.0.0/16`, `fd00::/8`)
 */
export function createAddressRules(opened: readonly string[]): AddressRules {
  const networks = new BlockList();
  const hosts: string[] = [];
  for (const entry of opened) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address);
    if (family === 0) hosts.push(entry.toLowerCase());
    else networks.addSubnet(address, prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix), family === 4 ? "ipv4" : "ipv6");
  }
  return {
    isAllowed(hostname, address) {
      const plain = embeddedV4(address) ?? address;
      if (isPublic(plain)) return true;
      if (hosts.some((host) => globMatches(host, hostname.toLowerCase()))) return true;
      return networks.check(plain, isIPv4(plain) ? "ipv4" : "ipv6");
    },
  };
}

export function isPublic(address: string): boolean {
  const plain = embeddedV4(address) ?? address;
  if (isIPv4(plain)) return !privateV4.check(plain, "ipv4");
  return isIPv6(plain) && globalV6.check(plain, "ipv6") && !specialV6.check(plain, "ipv6");
}

/** The IPv4 address inside an IPv4-mapped (`::ffff:0:0/96`) or NAT64 (`64:ff9b::/96`) one: that is where packets go. */
function embeddedV4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = expanded(address);
  const head = groups.slice(0, 6).join(":");
  if (head !== "0:0:0:0:0:ffff" && head !== "64:ff9b:0:0:0:0") return undefined;
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** Eight groups without leading zeros. */
function expanded(address: string): string[] {
  const [withoutZone = ""] = address.split("%");
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(withoutZone);
  const text = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : withoutZone;
  const [left = "", right] = text.split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const middle = right === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...middle, ...after].map((group) => Number.parseInt(group, 16).toString(16));
}

function listOf(ranges: readonly (readonly [string, number])[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
