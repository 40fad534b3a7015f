/**
 * The one catalogue of errors: code → HTTP status, retry decision, title. `docs/errors.md` lists the same codes; a test keeps them equal.
 * The message of each thrown error says what happened and what to do.
 */
export interface ErrorRow {
  status: number;
  /** Whether the same request may succeed later without being changed. */
  retry: boolean;
  title: string;
}

const rows = {
  // the request
  BAD_REQUEST: { status: 400, retry: false, title: "The request can't be understood" },
  PARAMETERS_INVALID: { status: 400, retry: false, title: "The parameters don't fit the runbook" },
  SELECTOR_INVALID: { status: 400, retry: false, title: "The selector can't be parsed" },
  DURATION_INVALID: { status: 400, retry: false, title: "The duration can't be parsed" },
  RESOURCE_INVALID: { status: 400, retry: false, title: "The resource isn't valid" },
  SCHEDULE_INVALID: { status: 400, retry: false, title: "The schedule isn't valid" },
  CURSOR_INVALID: { status: 400, retry: false, title: "The cursor isn't one of ours" },
  SCOPE_INVALID: { status: 400, retry: false, title: "The scope can't be parsed" },
  MEDIA_UNSUPPORTED: { status: 415, retry: false, title: "The body isn't of a kind that is read here" },
  TOO_LARGE: { status: 413, retry: false, title: "The request is too large" },
  // who asks
  UNAUTHENTICATED: { status: 401, retry: false, title: "Sign-in is required" },
  TOKEN_MALFORMED: { status: 401, retry: false, title: "The token isn't one of ours" },
  TOKEN_EXPIRED: { status: 401, retry: false, title: "The token has expired" },
  TOKEN_REVOKED: { status: 401, retry: false, title: "The token was revoked" },
  PERMISSION_DENIED: { status: 403, retry: false, title: "The role doesn't allow it here" },
  FORGERY_SUSPECTED: { status: 403, retry: false, title: "The request may come from someone else's page" },
  LOGIN_PENDING: { status: 400, retry: true, title: "The sign-in isn't confirmed yet" },
  LOGIN_EXPIRED: { status: 400, retry: false, title: "The sign-in code has expired" },
  LOGIN_DENIED: { status: 403, retry: false, title: "The sign-in was denied" },
  RATE_LIMITED: { status: 429, retry: true, title: "Too many requests" },
  // what is asked for
  NOT_FOUND: { status: 404, retry: false, title: "There is no such thing" },
  RUNBOOK_NOT_FOUND: { status: 404, retry: false, title: "There is no such runbook" },
  VERSION_NOT_FOUND: { status: 404, retry: false, title: "The runbook has no such version" },
  JOB_NOT_FOUND: { status: 404, retry: false, title: "There is no such job" },
  MACHINE_NOT_FOUND: { status: 404, retry: false, title: "There is no such machine" },
  ASSET_NOT_FOUND: { status: 404, retry: false, title: "There is no such asset" },
  CONFLICT: { status: 409, retry: false, title: "It has changed in the meantime" },
  BREAKS_TRIGGERS: { status: 409, retry: false, title: "Schedules, webhooks or rules would stop working" },
  PLAN_CHANGED: { status: 409, retry: false, title: "What is there has changed since the plan" },
  FROZEN: { status: 409, retry: false, title: "A freeze holds it back" },
  NAME_TAKEN: { status: 409, retry: false, title: "The name is taken" },
  JOB_FINAL: { status: 409, retry: false, title: "The job has already ended" },
  NOT_PUBLISHED: { status: 409, retry: false, title: "The runbook has no published version" },
  RESTORE_EXPIRED: { status: 410, retry: false, title: "The time to restore it is over" },
  // webhooks
  SIGNATURE_INVALID: { status: 401, retry: false, title: "The request doesn't prove where it comes from" },
  REPLAYED: { status: 409, retry: false, title: "The signed request was received before" },
  DELIVERY_REFUSED: { status: 422, retry: false, title: "The runbook doesn't take what was sent" },
  WEBHOOK_UNUSABLE: { status: 503, retry: true, title: "The webhook can't start what it names" },
  WEBHOOK_FROZEN: { status: 503, retry: true, title: "A freeze holds deliveries back" },
  // runbooks
  CHECK_FAILED: { status: 422, retry: false, title: "The runbook doesn't pass its check" },
  BUNDLE_DAMAGED: { status: 500, retry: false, title: "A stored bundle doesn't match its hash" },
  // debugging
  TICKET_INVALID: { status: 403, retry: false, title: "The ticket doesn't open the debug session" },
  SESSION_IDLE: { status: 408, retry: false, title: "The debug session was idle for too long" },
  // agents
  AGENT_OFFLINE: { status: 409, retry: true, title: "The machine's agent isn't connected" },
  AGENT_REFUSED: { status: 403, retry: false, title: "The machine's own policy forbids it" },
  JOIN_TOKEN_INVALID: { status: 403, retry: false, title: "The join token isn't valid" },
  AGENT_KEY_REFUSED: { status: 403, retry: false, title: "The agent's key isn't accepted" },
  AGENT_CLONED: { status: 403, retry: false, title: "Two machines use the same agent key" },
  AGENT_PROTOCOL: { status: 400, retry: false, title: "The agent speaks another protocol" },
  COMMAND_INTERRUPTED: { status: 500, retry: false, title: "The command started and left no result" },
  COMMAND_CANCELLED: { status: 409, retry: false, title: "The command was cancelled" },
  COMMAND_EXPIRED: { status: 504, retry: true, title: "The agent didn't take the command in time" },
  PACKAGE_MANAGER_BUSY: { status: 409, retry: true, title: "Another program uses the package manager" },
  REPOSITORY_UNUSABLE: { status: 502, retry: true, title: "Package lists can't be fetched or trusted" },
  REPAIR_FAILED: { status: 500, retry: false, title: "What an interrupted install left can't be mended" },
  TOO_LATE: { status: 409, retry: false, title: "The time in which it may begin was over" },
  REBOOT_FAILED: { status: 500, retry: false, title: "The machine didn't reboot" },
  AGENT_UPDATE_FAILED: { status: 422, retry: false, title: "The agent wasn't updated" },
  AGENT_NOT_UPDATABLE: { status: 409, retry: false, title: "The agent can't be updated by its engine" },
  EXEC_FAILED: { status: 422, retry: false, title: "The program couldn't be started" },
  ENGINE_KEY_WRONG: { status: 502, retry: false, title: "The engine isn't the one that the machine joined" },
  SERVICE_UNUSABLE: { status: 500, retry: false, title: "It can't be made a service here" },
  AGENT_STATE: { status: 500, retry: false, title: "The agent's state directory can't be used" },
  // http capability
  HTTP_REFUSED: { status: 403, retry: false, title: "The address isn't allowed" },
  HTTP_FAILED: { status: 502, retry: true, title: "The HTTP request failed" },
  HTTP_UNKNOWN: { status: 502, retry: false, title: "Whether the HTTP request was done isn't known" },
  // waiting
  APPROVAL_REJECTED: { status: 409, retry: false, title: "The approval was refused" },
  APPROVAL_CLOSED: { status: 409, retry: false, title: "The approval has been decided or is over" },
  WAIT_TIMED_OUT: { status: 504, retry: false, title: "What was waited for didn't happen in time" },
  // assets
  MASTER_KEY_WRONG: { status: 500, retry: false, title: "The master key doesn't open the assets" },
  // backups
  BACKUP_DAMAGED: { status: 422, retry: false, title: "The backup is damaged" },
  BACKUP_NEWER: { status: 422, retry: false, title: "The backup belongs to a newer version" },
  BACKUP_SEALED: { status: 422, retry: false, title: "The passphrase or key doesn't open the backup" },
  DATA_EXISTS: { status: 409, retry: false, title: "There is something where it would be restored" },
  TOOL_MISSING: { status: 500, retry: false, title: "A program that is needed isn't installed" },
  // the engine itself
  DATABASE_NEWER: { status: 500, retry: false, title: "The database belongs to a newer version" },
  DATABASE_DAMAGED: { status: 500, retry: false, title: "The database is damaged" },
  DATABASE_LOCKED: { status: 500, retry: false, title: "Another engine uses this data directory" },
  DATABASE_UNAVAILABLE: { status: 503, retry: true, title: "The database can't be reached" },
  DISK_FULL: { status: 507, retry: true, title: "The disk is full" },
  PORT_TAKEN: { status: 500, retry: false, title: "The port is taken" },
  CONFIG_INVALID: { status: 500, retry: false, title: "The configuration isn't valid" },
  STOPPING: { status: 503, retry: true, title: "The engine is stopping" },
  OVERLOADED: { status: 503, retry: true, title: "The engine has too much to do" },
  ENGINE_UNREACHABLE: { status: 503, retry: true, title: "The engine can't be reached" },
  ENGINE_SLOW: { status: 504, retry: true, title: "The engine hasn't answered in time" },
  NOT_AN_ENGINE: { status: 502, retry: false, title: "What answers doesn't speak as an engine does" },
  ENGINE_INCOMPATIBLE: { status: 501, retry: false, title: "The engine is of another age than its client" },
  INTERNAL: { status: 500, retry: false, title: "The engine made a mistake" },
} satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;
export const ERRORS: Readonly<Record<ErrorCode, ErrorRow>> = rows;

export class RunwrightError extends Error {
  override readonly name = "RunwrightError";
  readonly code: ErrorCode;
  /** More for programs: field errors, diagnostics, seconds to wait. Never a secret. */
  readonly details?: unknown;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}

export const isRunwrightError = (error: unknown, code?: ErrorCode): error is RunwrightError =>
  error instanceof RunwrightError && (code === undefined || error.code === code);
