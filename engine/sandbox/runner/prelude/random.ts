import type { Realm, State } from "./realm.ts";

/**
 * `Math.random`, `crypto.getRandomValues` and `crypto.randomUUID` draw from the seed that is recorded with the job, so that a replay draws the same.
 * The generator is ChaCha20 (RFC 8439) with the seed as key; `Math.random` and `crypto` are two streams, told apart by the nonce. Whoever can read the
 * job's record knows its seed: what must stay secret from them shouldn't be made in a runbook.
 */
export function installRandom(realm: Realm, state: State): void {
  const { define } = realm;
  const key = new Uint32Array(8);
  const blocks = [new Uint32Array(16), new Uint32Array(16)] as const;
  const working = new Uint32Array(16);
  const used = new Uint32Array([16, 16]);
  const counters = new Uint32Array(2);

  // An index is always within bounds; `?? 0` says so to the compiler.
  const at = (words: Uint32Array, index: number): number => words[index] ?? 0;
  const addTo = (a: number, b: number): number => {
    working[a] = at(working, a) + at(working, b);
    return at(working, a);
  };
  const mix = (target: number, other: number, bits: number): void => {
    const word = at(working, target) ^ other;
    working[target] = (word << bits) | (word >>> (32 - bits));
  };
  function quarter(a: number, b: number, c: number, d: number): void {
    mix(d, addTo(a, b), 16);
    mix(b, addTo(c, d), 12);
    mix(d, addTo(a, b), 8);
    mix(b, addTo(c, d), 7);
  }

  function refill(stream: 0 | 1): void {
    const block = blocks[stream];
    block[0] = 0x61707865;
    block[1] = 0x3320646e;
    block[2] = 0x79622d32;
    block[3] = 0x6b206574;
    for (let i = 0; i < 8; i++) block[4 + i] = at(key, i);
    block[12] = at(counters, stream);
    block[13] = stream;
    block[14] = 0;
    block[15] = 0;
    for (let i = 0; i < 16; i++) working[i] = at(block, i);
    for (let round = 0; round < 10; round++) {
      quarter(0, 4, 8, 12);
      quarter(1, 5, 9, 13);
      quarter(2, 6, 10, 14);
      quarter(3, 7, 11, 15);
      quarter(0, 5, 10, 15);
      quarter(1, 6, 11, 12);
      quarter(2, 7, 8, 13);
      quarter(3, 4, 9, 14);
    }
    for (let i = 0; i < 16; i++) block[i] = at(block, i) + at(working, i);
    counters[stream] = at(counters, stream) + 1;
    used[stream] = 0;
  }

  state.nextWord = (stream) => {
    if (at(used, stream) === 16) refill(stream);
    const index = at(used, stream);
    used[stream] = index + 1;
    return at(blocks[stream], index);
  };

  state.seed = (hex) => {
    const digit = (index: number): number => {
      const code = realm.charCodeAt(hex, index % hex.length);
      return code >= 97 ? code - 87 : code - 48;
    };
    for (let word = 0; word < 8; word++) {
      let value = 0;
      for (let i = 0; i < 8; i++) value = ((value << 4) | digit(word * 8 + i)) >>> 0;
      key[word] = value;
    }
  };

  define(Math, "random", {
    value: () => ((state.nextWord(0) >>> 5) * 67108864 + (state.nextWord(0) >>> 6)) / 9007199254740992,
    writable: true,
    configurable: true,
  });

  const hexDigits = "0123456789abcdef";
  const isView = ArrayBuffer.isView;
  const bytesOf = (view: ArrayBufferView): Uint8Array => new realm.Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const crypto = {
    getRandomValues(view: unknown): unknown {
      if (!isView(view)) throw new realm.TypeError("crypto.getRandomValues needs a typed array");
      const bytes = bytesOf(view);
      if (bytes.length > 65536) throw new realm.RangeError("crypto.getRandomValues fills at most 65536 bytes");
      for (let i = 0; i < bytes.length; i += 4) {
        let word = state.nextWord(1);
        for (let j = i; j < i + 4 && j < bytes.length; j++) {
          bytes[j] = word & 255;
          word >>>= 8;
        }
      }
      return view;
    },
    randomUUID(): string {
      let text = "";
      for (let i = 0; i < 16; i++) {
        let byte = state.nextWord(1) & 255;
        if (i === 6) byte = (byte & 15) | 64;
        if (i === 8) byte = (byte & 63) | 128;
        if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
        text += realm.slice(hexDigits, byte >> 4, (byte >> 4) + 1) + realm.slice(hexDigits, byte & 15, (byte & 15) + 1);
      }
      return text;
    },
  };
  define(globalThis, "crypto", { value: realm.freeze(crypto), writable: true, configurable: true });
}
