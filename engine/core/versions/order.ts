import { compareDebianVersions, isDebianVersion } from "./debian.ts";
import { compareRpmVersions } from "./rpm.ts";

/** How versions of one kind follow each other: negative, zero or positive; undefined: it doesn't understand one of them, and says nothing. */
export type VersionOrder = (a: string, b: string) => number | undefined;

export const VERSION_KINDS = ["debian", "rpm"] as const;
export type VersionKind = (typeof VERSION_KINDS)[number];
export type VersionOrders = Readonly<Partial<Record<VersionKind, VersionOrder>>>;

/** An order that says nothing of what isn't a version. */
export const orderOf =
  (isVersion: (text: string) => boolean, compare: (a: string, b: string) => number): VersionOrder =>
  (a, b) =>
    isVersion(a) && isVersion(b) ? compare(a, b) : undefined;

export const debianOrder = orderOf(isDebianVersion, compareDebianVersions);

/** What rpm accepts in a version and a release (rpm-version(7)). */
export const isRpmVersion = (text: string): boolean => /^(\d{1,10}:)?[A-Za-z0-9._+~^]+(-[A-Za-z0-9._+~^]+)?$/.test(text);
export const rpmOrder = orderOf(isRpmVersion, compareRpmVersions);
