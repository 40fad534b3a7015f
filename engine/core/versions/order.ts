import { compareDebianVersions, isDebianVersion } from "./debian.ts";

/** How versions of one kind follow each other: negative, zero or positive; undefined: it doesn't understand one of them, and says nothing. */
export type VersionOrder = (a: string, b: string) => number | undefined;

export const VERSION_KINDS = ["debian", "rpm"] as const;
export type VersionKind = (typeof VERSION_KINDS)[number];
export type VersionOrders = Readonly<Partial<Record<VersionKind, VersionOrder>>>;

export const debianOrder: VersionOrder = (a, b) => (isDebianVersion(a) && isDebianVersion(b) ? compareDebianVersions(a, b) : undefined);
