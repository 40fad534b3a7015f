// verdict: lost
// without the bound of a frame: harms engine

/** A gigabyte is announced, and sent. */
export default async ({ raw }) => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(2 ** 30);
  await raw(header);
  for (;;) await raw(Buffer.alloc(1024 * 1024));
};
