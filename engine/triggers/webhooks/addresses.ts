import { BlockList, isIP, isIPv6 } from "node:net";

/** What is wrong with an address or network, such as `192.0.2.0/24`. */
export function networkProblem(text: string): string | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const family = isIP(address);
  const widest = family === 4 ? 32 : 128;
  const fits = family !== 0 && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= widest));
  return fits ? undefined : `"${text}" is no address or network; write it like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32`;
}

/** Everywhere. */
export const ANYWHERE: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Addresses and networks, to be asked often. An IPv4 address is the same one when IPv6 carries it. */
export function networksOf(texts: readonly string[]): { include(address: string): boolean } {
  const list = new BlockList();
  for (const text of texts) {
    const [base = "", prefix] = text.split("/");
    const family = isIPv6(base) ? "ipv6" : "ipv4";
    list.addSubnet(base, prefix === undefined ? (family === "ipv4" ? 32 : 128) : Number(prefix), family);
  }
  return {
    include(address) {
      const plain = address.split("%")[0] ?? ""; // without the zone of a link-local one
      return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
    },
  };
}
