import { type RawBuilder, type SqlBool, sql } from "kysely";

/** Rows whose column holds this text, by the same words in both databases: nothing in it means anything, as `%` does to `like`. */
export const contains = (column: string, text: string): RawBuilder<SqlBool> => sql<SqlBool>`replace(${sql.ref(column)}, ${text}, '') <> ${sql.ref(column)}`;
