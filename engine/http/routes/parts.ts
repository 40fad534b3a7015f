import type { AssetTransfer } from "../../access/asset-transfer.ts";
import type { Assets } from "../../access/assets.ts";
import type { DeviceLogins } from "../../access/device.ts";
import type { KeyRotation } from "../../access/key-rotation.ts";
import type { Principals } from "../../access/principals.ts";
import type { Sessions } from "../../access/sessions.ts";
import type { Tokens } from "../../access/tokens.ts";
import type { Backups } from "../../backup/backups.ts";
import type { Clock } from "../../core/clock.ts";
import type { Planner } from "../../resources/planner.ts";
import type { Resources } from "../../resources/resources.ts";
import type { Store } from "../../store/store.ts";
import type { AskCalendar } from "../../updates/calendar.ts";
import type { Deployments } from "../../updates/deployments/deployments.ts";
import type { Trend } from "../../updates/fleet/trend.ts";
import type { FleetViews } from "../../updates/fleet/views.ts";
import type { NextWindows } from "../../updates/next-windows.ts";
import type { ComplianceReports } from "../../updates/report/compliance-reports.ts";
import type { Imports } from "../../updates/vulnerability-import.ts";
import type { AskWhatIf } from "../../updates/what-if.ts";
import type { AskWhy } from "../../updates/why.ts";
import type { WindowOutlooks } from "../../updates/window-outlook.ts";
import type { Metrics } from "../metrics.ts";
import type { Catalogue, Debugging, Fleet, Health, Jobs, Log, Receiver, SourceChecker, Triggers } from "../ports.ts";
import type { RateLimits } from "../rate-limit.ts";
import type { TlsIdentity } from "../tls.ts";

/** What the routes are given; each takes the part that it needs. */
export interface RouteParts {
  store: Store;
  clock: Clock;
  tokens: Tokens;
  principals: Principals;
  devices: DeviceLogins;
  sessions: Sessions;
  assets: Assets;
  assetTransfer: AssetTransfer;
  keyRotation: Pick<KeyRotation, "rotate">;
  jobs: Jobs;
  debugging: Debugging;
  receiver: Receiver;
  sourceChecker: SourceChecker;
  catalogue: Catalogue;
  fleet: Fleet;
  resources: Resources;
  planner: Planner;
  triggers: Triggers;
  imports: Pick<Imports, "import" | "remove">;
  deployments: Deployments;
  outlooks: WindowOutlooks;
  nextWindows: NextWindows;
  calendar: AskCalendar;
  views: FleetViews;
  trend: Pick<Trend, "days">;
  reports: ComplianceReports;
  policies: { why: AskWhy; whatIf: AskWhatIf };
  backups: Pick<Backups, "make">;
  health: Health;
  metrics: Metrics;
  /** The host of the listening socket. */
  listensOn: string;
  /** How others reach this engine; null: as whoever asks has reached it. */
  publicUrl: string | null;
  /** Of the self-signed certificate. */
  tlsPin: string | null;
  /** Of whatever certificate is served, for machines that reach the engine on a loopback address. */
  localPin: string | null;
  /** Of the engine. */
  version: string;
  /** What an operator has decided, where others may know it. */
  setup: { historyMs: number; rateLimits: RateLimits; tls: TlsIdentity | null };
  log: Log;
  /** A download of which its client has taken nothing for so long is ended, milliseconds. */
  downloadIdleMs: number;
  /** Fires when the engine stops. */
  stopping: AbortSignal;
}
