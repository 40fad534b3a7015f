import type { Bytes } from "./bytes.ts";
import type { Channel } from "./channel.ts";
import type { Realm } from "./realm.ts";

/** The few globals beyond the language that libraries take for granted. There are no timers: `ctx.sleep` waits. */
export function installGlobals(realm: Realm, channel: Channel, bytes: Bytes): void {
  const { define, stringify } = realm;
  const publish = (name: string, value: unknown) => define(globalThis, name, { value, writable: true, configurable: true });

  const shown = (value: unknown): string => {
    if (typeof value === "string") return value;
    if (value instanceof realm.Error) return value.stack ?? `${value.name}: ${value.message}`;
    try {
      return stringify(value) ?? realm.String(value);
    } catch {
      return realm.String(value); // circular, or a bigint
    }
  };
  const writer = (level: string) =>
    function (): void {
      let message = "";
      // biome-ignore lint/complexity/noArguments: a rest parameter would be an array that is iterated
      for (let i = 0; i < arguments.length; i++) message += (i === 0 ? "" : " ") + shown(arguments[i]);
      channel.emit("log", { level, message });
    };
  publish("console", {
    debug: writer("debug"),
    log: writer("info"),
    info: writer("info"),
    warn: writer("warning"),
    error: writer("error"),
    trace: writer("verbose"),
  });

  const settled = realm.resolve(undefined);
  publish("queueMicrotask", (callback: unknown) => {
    if (typeof callback !== "function") throw new realm.TypeError("queueMicrotask needs a function");
    const failed = (reason: unknown) => channel.failed(reason);
    realm.settled(
      settled,
      () => {
        try {
          callback();
        } catch (error) {
          failed(error);
        }
      },
      failed,
    );
  });

  publish(
    "TextEncoder",
    class TextEncoder {
      get encoding(): string {
        return "utf-8";
      }
      encode(text: unknown = ""): Uint8Array {
        return bytes.encodeUtf8(realm.String(text));
      }
    },
  );
  publish(
    "TextDecoder",
    class TextDecoder {
      constructor(label: unknown = "utf-8") {
        const name = realm.String(label);
        if (name !== "utf-8" && name !== "utf8" && name !== "UTF-8") throw new realm.RangeError(`TextDecoder: only utf-8 is known, not "${name}"`);
      }
      get encoding(): string {
        return "utf-8";
      }
      decode(input?: ArrayBuffer | ArrayBufferView): string {
        if (input === undefined) return "";
        return bytes.decodeUtf8(
          ArrayBuffer.isView(input) ? new realm.Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new realm.Uint8Array(input),
        );
      }
    },
  );
  const latin1 = (value: unknown): Uint8Array => {
    const text = realm.String(value);
    const out = new realm.Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = realm.charCodeAt(text, i);
      if (code > 255) throw new realm.TypeError("btoa: a character is beyond U+00FF");
      out[i] = code;
    }
    return out;
  };
  publish("btoa", (value: unknown) => bytes.toBase64(latin1(value)));
  publish("atob", (value: unknown) => {
    const decoded = bytes.fromBase64(realm.String(value));
    let text = "";
    for (let i = 0; i < decoded.length; i++) text += realm.apply(fromCharCode, undefined, [decoded[i]]) as string;
    return text;
  });
  const fromCharCode = String.fromCharCode;
}
