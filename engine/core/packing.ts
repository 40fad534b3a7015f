/** Packed files by their first bytes. */
const PACKINGS = [
  { name: "gzip", magic: [0x1f, 0x8b] },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: "zip", magic: [0x50, 0x4b, 0x03, 0x04] },
  { name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58] },
  { name: "bzip2", magic: [0x42, 0x5a, 0x68] },
] as const;
export type Packing = (typeof PACKINGS)[number]["name"];

/** How a file is packed that begins so; undefined: it isn't, as far as is known. */
export const packingOf = (bytes: Uint8Array): Packing | undefined => PACKINGS.find(({ magic }) => magic.every((byte, i) => bytes[i] === byte))?.name;
