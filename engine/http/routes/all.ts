import type { Assets } from "../../access/assets.ts";
import type { DeviceLogins } from "../../access/device.ts";
import type { Principals } from "../../access/principals.ts";
import type { Tokens } from "../../access/tokens.ts";
import type { Clock } from "../../core/clock.ts";
import type { Store } from "../../store/store.ts";
import type { Metrics } from "../metrics.ts";
import type { Catalogue, Fleet, Health, Jobs, Receiver } from "../ports.ts";
import type { App } from "../request.ts";
import { activityRoutes } from "./activity.ts";
import { assetRoutes } from "./assets.ts";
import { commandRoutes } from "./commands.ts";
import { eventsRoutes } from "./events.ts";
import { jobRoutes } from "./jobs.ts";
import { joinTokenRoutes } from "./join-tokens.ts";
import { loginRoutes } from "./login.ts";
import { machineRoutes } from "./machines.ts";
import { principalRoutes } from "./principals.ts";
import { runbookRoutes } from "./runbooks.ts";
import { statusRoutes } from "./status.ts";
import { tokenRoutes } from "./tokens.ts";
import { updateRoutes } from "./updates.ts";

export interface RouteParts {
  store: Store;
  clock: Clock;
  tokens: Tokens;
  principals: Principals;
  devices: DeviceLogins;
  assets: Assets;
  jobs: Jobs;
  receiver: Receiver;
  catalogue: Catalogue;
  fleet: Fleet;
  health: Health;
  metrics: Metrics;
  /** How others reach this engine; null: as whoever asks has reached it. */
  /** The host of the listening socket. */
  listensOn: string;
  publicUrl: string | null;
  /** Of the self-signed certificate. */
  tlsPin: string | null;
  /** Of whatever certificate is served, for machines that reach the engine on a loopback address. */
  localPin: string | null;
  /** Of the engine. */
  version: string;
  /** Fires when the engine stops. */
  stopping: AbortSignal;
}

export function addRoutes(app: App, parts: RouteParts): void {
  statusRoutes(app, parts);
  loginRoutes(app, parts);
  tokenRoutes(app, parts);
  principalRoutes(app, parts);
  jobRoutes(app, parts);
  eventsRoutes(app, parts);
  runbookRoutes(app, parts);
  assetRoutes(app, parts);
  joinTokenRoutes(app, parts);
  machineRoutes(app, parts);
  commandRoutes(app, parts);
  updateRoutes(app, parts);
  activityRoutes(app, parts);
}
