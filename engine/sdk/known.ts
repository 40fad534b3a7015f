import type { Json } from "../core/json.ts";
import type { Permissions } from "../core/manifest.ts";

/**
 * What exists on an engine: assets, runbooks and tags. Empty here; `runwright types` writes a file that adds to it, and then names complete, and misspelt ones are
 * errors. Without that file any name is allowed.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by declaration merging
export interface Known {}

/** Members of `Known` and what a name has in it. */
type Members<Kind extends string> = Known extends { readonly [Key in Kind]: infer Found } ? Found : { readonly [name: string]: never };
type NamesOf<Kind extends string> = keyof Members<Kind> & string;
type MemberOf<Kind extends string, Name extends string, Otherwise> =
  Members<Kind> extends { readonly [Key in Name]: infer Found } ? ([Found] extends [never] ? Otherwise : Found) : Otherwise;

export type KnownVariable<Name extends string> = MemberOf<"variables", Name, Json>;
export type KnownConnection<Name extends string> = MemberOf<"connections", Name, { readonly [member: string]: Json }>;
export type KnownParameters<Name extends string> = MemberOf<"runbooks", Name, { readonly [parameter: string]: unknown }>;
export type KnownTag = NamesOf<"tags">;

/** What a runbook may declare: names that exist, where that is known. */
export interface DeclaredPermissions
  extends Omit<Permissions, "secrets" | "credentials" | "certificates" | "connections" | "variables" | "setVariables" | "jobs"> {
  secrets?: readonly NamesOf<"secrets">[];
  credentials?: readonly NamesOf<"credentials">[];
  certificates?: readonly NamesOf<"certificates">[];
  connections?: readonly NamesOf<"connections">[];
  variables?: readonly NamesOf<"variables">[];
  /** Variables that it may set, where the runbook itself lies. They needn't exist yet. */
  setVariables?: readonly (NamesOf<"variables"> | (string & {}))[];
  /** Names of runbooks that it may start as jobs. */
  jobs?: readonly NamesOf<"runbooks">[];
}

/** A selector as it is, if all tags that it names exist; else one that shows which do. Names of tags that are computed can't be checked. */
export type CheckedSelector<Text extends string> = UnknownTag<Text> extends never ? Text : `tag:${KnownTag}=${string}`;

type UnknownTag<Text extends string> = string extends Text
  ? never
  : Text extends `${infer Term} ${infer More}`
    ? UnknownTag<Term> | UnknownTag<More>
    : Text extends `tag:${infer Tag}=${string}`
      ? IsKnown<Trimmed<Tag>> extends true
        ? never
        : Tag
      : never;
/** A name that is computed may be any. */
type IsKnown<Tag extends string> = string extends Tag ? true : Tag extends KnownTag ? true : false;
type Trimmed<Tag extends string> = Tag extends `${infer Name}!` ? Name : Tag;
/** What completes in an editor. */
export type TagTerm = string extends KnownTag ? never : `tag:${KnownTag}=`;
