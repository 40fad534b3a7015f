import type { Machine } from "runwright";
import { printed } from "./each-machine.ts";

export type Target = Machine<"exec">;

export interface CertificateFacts {
  /** Unix milliseconds. */
  notAfter: number;
  /** SHA-256, as openssl shows it. */
  fingerprint: string;
}

export interface CertificateFiles {
  readonly suffix: string;
  read(machine: Target): Promise<CertificateFacts>;
  /** Copies certificate and key beside themselves; a symbolic link is copied as a link. */
  keep(machine: Target): Promise<void>;
  /** Puts the copies back. @throws when the certificate isn't the old one afterwards, as the renewal wrote through a link */
  restore(machine: Target, fingerprint: string): Promise<void>;
  forget(machine: Target): Promise<void>;
  /** @throws when it isn't for the host, or not of the key */
  requireFitting(machine: Target): Promise<void>;
  isServed(machine: Target, fingerprint: string, looks: number): Promise<boolean>;
  /** Services take a while to load: looks several times. @throws when it isn't served; nothing to look at is as good */
  requireServed(machine: Target, fingerprint: string): Promise<void>;
}

interface Parts {
  certificate: string;
  key: string;
  host: string;
  served?: string;
  /** Of the kept copies; different for each job. */
  suffix: string;
  sleep(duration: string): Promise<void>;
}

const LOOKS = 6;
const QUICK = { timeout: "1m" } as const;

/** One certificate and its key as files on machines, by openssl and coreutils. */
export function createCertificates({ certificate, key, host, served, suffix, sleep }: Parts): CertificateFiles {
  // One file may hold both.
  const paths = [...new Set([certificate, key])];

  async function isServed(machine: Target, fingerprint: string, looks: number): Promise<boolean> {
    if (served === undefined) return true;
    for (let look = 1; look <= looks; look++) {
      if (look > 1) await sleep("5s");
      // It ends when its empty input does; what it shows before is enough, whether or not it trusts the chain.
      const shown = await machine.exec(["openssl", "s_client", "-connect", served, "-servername", host], { timeout: "30s" });
      if (!shown.stdout.includes("BEGIN CERTIFICATE")) continue;
      const facts = parseFacts(await printed(machine, ["openssl", "x509", ...FACTS], { ...QUICK, stdin: shown.stdout }));
      if (facts.fingerprint === fingerprint) return true;
    }
    return false;
  }

  const read = async (machine: Target) => parseFacts(await printed(machine, ["openssl", "x509", "-in", certificate, ...FACTS], QUICK));

  return {
    suffix,
    read,
    isServed,
    async keep(machine) {
      for (const path of paths) await printed(machine, ["cp", "--archive", "--no-target-directory", "--", path, path + suffix], QUICK);
    },
    async restore(machine, fingerprint) {
      // A rename: nobody ever finds half of a file.
      for (const path of paths) await printed(machine, ["mv", "--force", "--no-target-directory", "--", path + suffix, path], QUICK);
      if ((await read(machine)).fingerprint !== fingerprint) throw new Error(`${certificate} is a link, and what it leads to was overwritten`);
    },
    async forget(machine) {
      await printed(machine, ["rm", "--force", "--", ...paths.map((path) => path + suffix)], QUICK);
    },
    async requireFitting(machine) {
      const matched = await printed(machine, ["openssl", "x509", "-in", certificate, "-noout", "-checkhost", host], QUICK);
      if (!matched.includes("does match certificate")) throw new Error(`the new certificate isn't for ${host}`);
      const own = await printed(machine, ["openssl", "pkey", "-in", key, "-pubout"], QUICK);
      const its = await printed(machine, ["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], QUICK);
      if (own.trim() !== its.trim()) throw new Error(`the new certificate isn't that of the key in ${key}`);
    },
    async requireServed(machine, fingerprint) {
      if (!(await isServed(machine, fingerprint, LOOKS))) throw new Error(`${served} doesn't serve the certificate in ${certificate}`);
    },
  };
}

const FACTS = ["-noout", "-enddate", "-fingerprint", "-sha256"];

/** Lines such as `notAfter=Mar  1 12:00:00 2027 GMT` and `sha256 Fingerprint=AB:CD…`, whose spelling differs between versions. */
function parseFacts(text: string): CertificateFacts {
  const notAfter = Date.parse(/^notAfter=(.*)$/m.exec(text)?.[1] ?? "");
  const fingerprint = /fingerprint=([0-9A-F:]+)/i.exec(text)?.[1];
  if (Number.isNaN(notAfter) || fingerprint === undefined) throw new Error(`openssl says something else than expected: ${text.trim().slice(0, 200)}`);
  return { notAfter, fingerprint };
}
