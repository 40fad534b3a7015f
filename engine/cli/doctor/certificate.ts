import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../../config.ts";
import { type Finding, messageOf, ok, problem, warning } from "./finding.ts";

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;

/** The certificate that the engine serves. Those among the assets the engine itself tells of. */
export async function checkCertificate({ tls, data }: Pick<Config, "tls" | "data">, now: number): Promise<Finding> {
  if (tls.kind === "off") return ok("certificate", "the engine serves plain HTTP, and has none");
  const file = tls.kind === "own" ? tls.certificateFile : join(data, "tls.crt");
  const advice = tls.kind === "own" ? `renew ${file}, and start the engine anew` : "start the engine anew: it makes another one for the same key";
  try {
    const { validToDate, validFromDate } = new X509Certificate(await readFile(file));
    const days = Math.floor((validToDate.getTime() - now) / DAY_MS);
    if (validFromDate.getTime() > now)
      return problem("certificate", `${file} holds from ${validFromDate.toISOString()} on only`, "check this machine's clock, or use another certificate");
    if (days < 0) return problem("certificate", `${file} expired on ${validToDate.toISOString()}`, advice);
    return days < SOON_DAYS ? warning("certificate", `${file} expires in ${days} days`, advice) : ok("certificate", `${file} holds for ${days} days more`);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (tls.kind === "selfSigned" && isMissing) return ok("certificate", "there is none yet: the engine makes it at its first start");
    return problem("certificate", `${file} can't be used: ${messageOf(error)}`, advice);
  }
}
