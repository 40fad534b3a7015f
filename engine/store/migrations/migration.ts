import type { SchemaModule } from "kysely";
import type { DialectTypes } from "../dialect.ts";

export interface Migration {
  /** From 1, without gaps. */
  version: number;
  /** Runs in one transaction together with the record of the version. */
  up(parts: { schema: SchemaModule; types: DialectTypes }): Promise<void>;
}
