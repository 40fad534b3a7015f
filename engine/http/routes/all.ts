import type { App } from "../request.ts";
import { activityRoutes } from "./activity.ts";
import { approvalRoutes } from "./approvals.ts";
import { assetKeyRoutes } from "./asset-keys.ts";
import { assetRoutes } from "./assets.ts";
import { commandRoutes } from "./commands.ts";
import { eventsRoutes } from "./events.ts";
import { jobRoutes } from "./jobs.ts";
import { joinTokenRoutes } from "./join-tokens.ts";
import { loginRoutes } from "./login.ts";
import { machineRoutes } from "./machines.ts";
import type { RouteParts } from "./parts.ts";
import { principalRoutes } from "./principals.ts";
import { publishedEventRoutes } from "./published-events.ts";
import { runbookRoutes } from "./runbooks.ts";
import { statusRoutes } from "./status.ts";
import { tokenRoutes } from "./tokens.ts";
import { updateRoutes } from "./updates.ts";

export function addRoutes(app: App, parts: RouteParts): void {
  statusRoutes(app, parts);
  loginRoutes(app, parts);
  tokenRoutes(app, parts);
  principalRoutes(app, parts);
  jobRoutes(app, parts);
  eventsRoutes(app, parts);
  approvalRoutes(app, parts);
  publishedEventRoutes(app, parts);
  runbookRoutes(app, parts);
  assetRoutes(app, parts);
  assetKeyRoutes(app, parts);
  joinTokenRoutes(app, parts);
  machineRoutes(app, parts);
  commandRoutes(app, parts);
  updateRoutes(app, parts);
  activityRoutes(app, parts);
}
