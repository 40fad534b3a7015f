import type { AttributeValue, Span } from "./span.ts";

/** Spans as OTLP's JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding (ids in hexadecimal digits, 64-bit numbers as text, enumerations as numbers). */
export function toOtlp(spans: readonly Span[], resource: Readonly<Record<string, AttributeValue>>, version: string): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes(resource) },
        scopeSpans: [{ scope: { name: "runwright", version }, spans: spans.map(toSpan) }],
      },
    ],
  };
}

/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const KINDS = { internal: 1, client: 3, consumer: 5 } as const;
const OK = 1;
const ERROR = 2;

function toSpan({ traceId, spanId, parentSpanId, name, kind, startedAt, endedAt, attributes: own, events, failure }: Span): object {
  return {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name: name.slice(0, 300),
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(endedAt),
    attributes: attributes(own),
    events: events.map((event) => ({ name: event.name, timeUnixNano: nanoseconds(event.at), attributes: [] })),
    status: failure === undefined ? { code: OK } : { code: ERROR, message: failure },
  };
}

const nanoseconds = (ms: number): string => `${Math.max(0, Math.round(ms))}000000`;

const attributes = (own: Readonly<Record<string, AttributeValue>>): object[] => Object.entries(own).map(([key, value]) => ({ key, value: toValue(value) }));

function toValue(value: AttributeValue): object {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
