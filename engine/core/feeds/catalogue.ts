import { debianTracker } from "./debian-tracker.ts";
import { epss } from "./epss.ts";
import type { Feed, FeedFormat } from "./feed.ts";
import { kev } from "./kev.ts";
import { osv } from "./osv.ts";
import { ubuntuUsn } from "./ubuntu-usn.ts";
import { updateinfo } from "./updateinfo.ts";

export const FEEDS: Readonly<Record<FeedFormat, Feed>> = {
  "debian-tracker": debianTracker,
  osv,
  "ubuntu-usn": ubuntuUsn,
  // Canonical publishes its records of OSV by themselves (github.com/canonical/ubuntu-security-notices): another source of the same format.
  "ubuntu-osv": osv,
  updateinfo,
  kev,
  epss,
};

/** Formats that don't say for which system they are. */
export const needsPlatform = (format: FeedFormat): boolean => format === "updateinfo";

/** What an import replaces: everything that came under the same name before. */
export const sourceOf = ({ format, platform, source }: { format: FeedFormat; platform: string | null; source: string | null }): string =>
  source ?? (platform === null ? format : `${format} ${platform}`);
