/** What runs guest code: runners are processes of the same program. Another version may compute otherwise, which a replay would show. */
export const RUNTIME = `node ${process.versions.node}, v8 ${process.versions.v8}`;
