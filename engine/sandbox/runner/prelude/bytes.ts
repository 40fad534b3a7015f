import type { Realm } from "./realm.ts";

/** UTF-8 and base 64, for bodies and for the globals that npm packages expect. */
export interface Bytes {
  encodeUtf8(text: string): Uint8Array;
  decodeUtf8(bytes: Uint8Array): string;
  toBase64(bytes: Uint8Array): string;
  fromBase64(text: string): Uint8Array;
}

export function createBytes(realm: Realm): Bytes {
  const { apply } = realm;
  type Native = { toBase64(): string };
  const nativeToBase64 = (realm.Uint8Array.prototype as unknown as Native).toBase64;
  const nativeFromBase64 = (realm.Uint8Array as unknown as { fromBase64(text: string): Uint8Array }).fromBase64;
  const subarray = realm.Uint8Array.prototype.subarray;
  const arrayJoin = Array.prototype.join;
  const fromCharCode = String.fromCharCode;

  return {
    encodeUtf8(text) {
      const out = new realm.Uint8Array(text.length * 3);
      let at = 0;
      for (let i = 0; i < text.length; i++) {
        let code = realm.charCodeAt(text, i);
        if (code >= 0xd800 && code <= 0xdfff) {
          const low = code <= 0xdbff && i + 1 < text.length ? realm.charCodeAt(text, i + 1) : 0;
          if (low >= 0xdc00 && low <= 0xdfff) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            i++;
          } else code = 0xfffd;
        }
        if (code < 0x80) out[at++] = code;
        else {
          if (code < 0x800) out[at++] = 0xc0 | (code >> 6);
          else {
            if (code < 0x10000) out[at++] = 0xe0 | (code >> 12);
            else {
              out[at++] = 0xf0 | (code >> 18);
              out[at++] = 0x80 | ((code >> 12) & 63);
            }
            out[at++] = 0x80 | ((code >> 6) & 63);
          }
          out[at++] = 0x80 | (code & 63);
        }
      }
      return apply(subarray, out, [0, at]) as Uint8Array;
    },

    decodeUtf8(bytes) {
      // The WHATWG decoder: each maximal prefix of an ill-formed sequence becomes one U+FFFD.
      const pieces: string[] = [];
      let count = 0;
      let text = "";
      let at = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
      while (at < bytes.length) {
        const first = bytes[at++] ?? 0;
        let code = first;
        if (first >= 0x80) {
          let more = first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0;
          if (more === 0) code = 0xfffd;
          else {
            let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
            let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
            code = first & (0x3f >> more);
            for (; more > 0; more--) {
              const next = bytes[at] ?? 0;
              if (next < low || next > high) {
                code = 0xfffd;
                break;
              }
              code = (code << 6) | (next & 63);
              low = 0x80;
              high = 0xbf;
              at++;
            }
          }
        }
        text += code > 0xffff ? fromCharCode(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff)) : fromCharCode(code);
        if (text.length > 8192) {
          pieces[count++] = text;
          text = "";
        }
      }
      pieces[count] = text;
      return apply(arrayJoin, pieces, [""]) as string;
    },

    toBase64: (bytes) => apply(nativeToBase64, bytes, []) as string,
    fromBase64: (text) => apply(nativeFromBase64, realm.Uint8Array, [text]) as Uint8Array,
  };
}
