/**
 * Renews a certificate on machines before it expires, and proves that the new one is good: newer, for this host, fits its key, and served. If not, puts the old one
 * back and fails. One that was renewed by others, but that the service hasn't loaded yet, is loaded.
 *
 *     runwright run rotate-certificate -p select="tag:role=web" -p host=www.example.com -p certificate=/etc/ssl/www.pem -p key=/etc/ssl/www.key \
 *       -p renew='["/usr/local/sbin/renew-www"]' -p reload='["systemctl","reload","nginx"]' -p served=localhost:443
 */
import { runbook, Type } from "runwright";
import { type CertificateFiles, createCertificates, type Target } from "./certificate.ts";
import { eachMachine, narrowed, printed, some } from "./each-machine.ts";

export default runbook({
  summary: "Renew a certificate before it expires, or put the old one back",
  parameters: Type.Object({
    select: Type.String({ default: "all", minLength: 1, description: "Which machines, such as tag:role=web" }),
    machine: Type.Optional(Type.String({ pattern: "^[^\\s*,=!]+$", maxLength: 253, description: "This machine only" })),
    certificate: Type.String({ pattern: "^/", description: "PEM file; may begin a chain" }),
    key: Type.String({ pattern: "^/", description: "PEM file with its private key" }),
    host: Type.String({ pattern: "^[A-Za-z0-9*][A-Za-z0-9.*-]*$", description: "Host name that it must be for" }),
    days: Type.Integer({ default: 30, minimum: 1, maximum: 365, description: "Renews when it expires within so many days" }),
    renew: Type.Array(Type.String(), {
      minItems: 1,
      description: 'Program that renews it in place, such as ["certbot","renew","--cert-name","www.example.com"]',
    }),
    reload: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'Makes the service load it, such as ["systemctl","reload","nginx"]' })),
    served: Type.Optional(Type.String({ pattern: "^[^\\s:-][^\\s:]*:[0-9]+$", description: "host:port where the service shows it, as the machine sees it" })),
    atOnce: Type.Integer({ default: 1, minimum: 1, maximum: 20, description: "Machines at one time" }),
  }),
  permissions: { machines: { select: "os=linux", actions: ["exec"] } },
  limits: { timeout: "4h" },
  // Two renewals of one file at once would keep each other's half-written copies.
  concurrency: { key: (p) => p.certificate.slice(0, 200), limit: 1, overflow: "queue" },
  async run({ params, machines, job, log, output, progress, sleep }) {
    const selector = narrowed(params.select, params.machine);
    const targets = await machines.select(selector);
    if (targets.length === 0) throw new Error(`no Linux machine that this runbook may see matches "${selector}"`);
    const certificates = createCertificates({ ...params, suffix: `.${job.id}`, sleep });
    const outcomes = await eachMachine(
      targets,
      params.atOnce,
      (machine) => rotate(machine, params, certificates),
      (outcome, fraction) => {
        if (outcome.ok) log(`${outcome.machine}: ${outcome.result.state}, valid until ${outcome.result.notAfter}`);
        else log.error(`${outcome.machine}: ${outcome.error}`);
        progress(fraction, outcome.machine);
      },
    );
    const rows = outcomes.map((one) =>
      one.ok ? { machine: one.machine, ...one.result } : { machine: one.machine, state: "failed" as const, error: one.error },
    );
    output({ certificate: params.certificate, rows });
    const failed = outcomes.flatMap((one) => (one.ok ? [] : [`${one.machine}: ${one.error}`]));
    if (failed.length > 0) throw new Error(some(failed, 5));
  },
});

interface Rotation {
  days: number;
  renew: string[];
  reload?: string[];
}

interface Rotated {
  /** reloaded: the file was good, and the service showed another one. */
  state: "not due" | "reloaded" | "renewed";
  notAfter: string;
}

async function rotate(machine: Target, { days, renew, reload }: Rotation, files: CertificateFiles): Promise<Rotated> {
  const load = async () => {
    if (reload !== undefined) await printed(machine, reload, { timeout: "5m" });
  };
  const old = await files.read(machine);
  const notAfter = (at: number) => new Date(at).toISOString();
  if (old.notAfter - Date.now() > days * 86_400_000) {
    if (await files.isServed(machine, old.fingerprint, 1)) return { state: "not due", notAfter: notAfter(old.notAfter) };
    if (reload === undefined) throw new Error("the service serves another certificate than its file holds; reload it, or say how in `reload`");
    await load();
    await files.requireServed(machine, old.fingerprint);
    return { state: "reloaded", notAfter: notAfter(old.notAfter) };
  }
  await files.keep(machine);
  try {
    await printed(machine, renew, { timeout: "30m" });
    const renewed = await files.read(machine);
    if (renewed.fingerprint === old.fingerprint) throw new Error("the renewal command ended well and left the same certificate");
    if (renewed.notAfter <= old.notAfter) throw new Error(`the new certificate ends ${notAfter(renewed.notAfter)}, no later than the old one`);
    await files.requireFitting(machine);
    await load();
    await files.requireServed(machine, renewed.fingerprint);
    await files.forget(machine);
    return { state: "renewed", notAfter: notAfter(renewed.notAfter) };
  } catch (error) {
    const { message } = error as Error;
    const undone = await files
      .restore(machine, old.fingerprint)
      .then(load)
      .then(
        () => "the old one is back",
        (failure: Error) => `PUTTING THE OLD ONE BACK FAILED, too (${failure.message}); copies lie beside the files, named *.${files.suffix.slice(1)}`,
      );
    throw new Error(`${message}; ${undone}; it ends ${notAfter(old.notAfter)}`);
  }
}
