/** As Node, fetch and frameworks give them: an object of texts or lists of texts, `Headers`, or pairs. Names in any case. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>> | Iterable<readonly [string, string]>;

export type HeaderReading = { value: string; reason?: undefined } | { value?: undefined; reason: "header_missing" | "header_repeated"; message: string };

export type HeaderReader = (name: string) => HeaderReading;

/** Reads headers that must be there exactly once: of two, a proxy and we could trust different ones. */
export function headerReader(headers: WebhookHeaders): HeaderReader {
  const pairs = isIterable(headers) ? [...headers] : Object.entries(headers).flatMap(([name, value]) => listOf(value).map((one) => [name, one] as const));
  return (name) => {
    const [first, ...more] = pairs.filter(([given]) => given.toLowerCase() === name.toLowerCase());
    if (more.length > 0) return { reason: "header_repeated", message: `the header ${name} is there ${more.length + 1} times` };
    const value = first?.[1].trim() ?? "";
    return value === "" ? { reason: "header_missing", message: `the header ${name} is missing` } : { value };
  };
}

const isIterable = (headers: WebhookHeaders): headers is Iterable<readonly [string, string]> => Symbol.iterator in headers;

const listOf = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : typeof value === "string" ? [value] : value);
