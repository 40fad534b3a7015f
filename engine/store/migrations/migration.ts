import type { ColumnDataType, SchemaModule } from "kysely";

export interface Migration {
  /** From 1, without gaps. */
  version: number;
  /** Runs in one transaction together with the record of the version. */
  up(parts: { schema: SchemaModule; types: { blob: ColumnDataType } }): Promise<void>;
}
