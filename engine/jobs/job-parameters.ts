import { createMasker, type MaskedValue } from "../core/masking.ts";
import type { JobRecord, NewJob } from "../store/records/jobs.ts";
import type { JobKey, Sealer } from "./ports.ts";
import { openKey } from "./sealed-records.ts";

/** Parameters as the runbook sees them, and what is secret in them. */
export interface JobParameters {
  params: unknown;
  secrets: readonly MaskedValue[];
}

/**
 * Parameters as they are stored: where a secret is in them they are sealed, and shown with its name in its place.
 * @param concurrencyKey is made of them
 */
export function sealParameters(
  id: string,
  { params, secrets }: JobParameters,
  concurrencyKey: string | null,
  key: JobKey,
): Pick<NewJob, "params" | "sealedParams" | "concurrencyKey"> {
  if (secrets.length === 0) return { params, sealedParams: null, concurrencyKey };
  const masker = createMasker();
  for (const { value, label } of secrets) masker.add(value, label);
  const sealedParams = key.seal(Buffer.from(JSON.stringify({ params, secrets })), contextOf(id));
  return { params: masker.labelJson(params), sealedParams, concurrencyKey: masker.labelJson(concurrencyKey) };
}

/** @throws DATABASE_DAMAGED */
export function openParameters(job: Pick<JobRecord, "id" | "runbook" | "wrappedKey" | "params" | "sealedParams">, sealer: Sealer): JobParameters {
  if (job.sealedParams === null) return { params: job.params, secrets: [] };
  return JSON.parse(Buffer.from(openKey(job, sealer).openBytes(job.sealedParams, contextOf(job.id))).toString("utf8")) as JobParameters;
}

const contextOf = (id: string): string => `parameters of ${id}`;
