import { computed, type ReadonlySignal, signal } from "@preact/signals-core";

/** Where in the dashboard the page is: a path and what narrows its lists. Both stand in the address, so that every view can be linked to and gone back to. */
export interface Place {
  path: string;
  query: Readonly<Record<string, string>>;
}

export interface History {
  readonly address: string;
  push(address: string): void;
  replace(address: string): void;
  onPop(run: () => void): void;
}

export function readPlace(address: string): Place {
  const { pathname, searchParams } = new URL(address, "http://engine");
  return { path: pathname.replace(/(?<=.)\/+$/, ""), query: Object.fromEntries(searchParams) };
}

export function placeText({ path, query }: Place): string {
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

export interface Location {
  place: ReadonlySignal<Place>;
  path: ReadonlySignal<string>;
  /** To another page, or the same one with another narrowing: the way back leads here. */
  go(address: string): void;
  /** Changes what narrows the page, without a step in the history: each letter of a search isn't one. `null` removes. */
  narrow(changes: Readonly<Record<string, string | null>>): void;
}

export function createLocation(history: History): Location {
  const place = signal(readPlace(history.address));
  history.onPop(() => {
    place.value = readPlace(history.address);
  });
  return {
    place,
    path: computed(() => place.value.path),
    go(address) {
      if (address === placeText(place.value)) return;
      history.push(address);
      place.value = readPlace(address);
    },
    narrow(changes) {
      const query = Object.fromEntries(
        Object.entries({ ...place.value.query, ...changes }).flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value]])),
      );
      const next = { path: place.value.path, query };
      if (placeText(next) === placeText(place.value)) return;
      history.replace(placeText(next));
      place.value = next;
    },
  };
}

/** Names in a path that fits a pattern such as `/machines/:name`; undefined: it doesn't fit. */
export function namesIn(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return undefined;
  const names: Record<string, string> = {};
  for (const [index, word] of wanted.entries()) {
    const part = parts[index] ?? "";
    if (!word.startsWith(":")) {
      if (word !== part) return undefined;
      continue;
    }
    try {
      names[word.slice(1)] = decodeURIComponent(part);
    } catch {
      return undefined; // somebody has cut the address in the middle of a letter
    }
  }
  return names;
}
