import type { Machine } from "runwright";

const DAY_MS = 86_400_000;
const QUICK = { timeout: "10s" } as const;

/** What a service serves. */
export interface Served {
  endpoint: string;
  subject: string;
  /** Whole days that are left; below zero: it has expired. */
  daysLeft: number;
  notAfter: string;
}

/** `host:port`, and nothing that a program could take for an option. */
export const isEndpoint = (text: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:\d{1,5}$/.test(text);

/**
 * Looks from a machine, as what counts is what is served there. Whether the chain is trusted isn't asked.
 * @throws when nothing is served
 */
export async function look(machine: Machine<"exec">, endpoint: string, now: number): Promise<Served> {
  const host = endpoint.slice(0, endpoint.lastIndexOf(":"));
  const shown = await machine.exec(["openssl", "s_client", "-connect", endpoint, "-servername", host], QUICK);
  if (!shown.stdout.includes("BEGIN CERTIFICATE")) throw new Error(reasonOf(shown.stderr) || `no certificate is served within ${QUICK.timeout}`);
  const { stdout, stderr, exitCode } = await machine.exec(["openssl", "x509", "-noout", "-enddate", "-subject"], { ...QUICK, stdin: shown.stdout });
  const notAfter = Date.parse(/^notAfter=(.*)$/m.exec(stdout)?.[1] ?? "");
  if (exitCode !== 0 || Number.isNaN(notAfter)) throw new Error(reasonOf(stderr) || "openssl says something else than expected");
  const subject = /^subject\s*=\s*(.*)$/m.exec(stdout)?.[1]?.slice(0, 200) ?? "";
  return { endpoint, subject, daysLeft: Math.floor((notAfter - now) / DAY_MS), notAfter: new Date(notAfter).toISOString() };
}

/** Of `805B…:error:8000006F:system library:BIO_connect:Connection refused:../crypto/bio/bio_sock2.c:117:calling connect()` the reason and what was done. */
function reasonOf(stderr: string): string {
  const line = stderr.trim().split("\n")[0]?.slice(0, 300) ?? "";
  const [, reason, more] = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]*):[^:]*:\d+:(.*)$/.exec(line) ?? [];
  return reason === undefined ? line : [reason, more].filter(Boolean).join(", ");
}
