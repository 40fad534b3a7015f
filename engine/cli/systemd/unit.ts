import { quoted, specifierFree, word } from "../../agent/installation/systemd-unit.ts";

/** Whose engine it is: one of the machine, which systemd starts at boot, or one of a person, which it starts when they sign in. */
export type Manager = "system" | "user";

export interface UnitParts {
  manager: Manager;
  /** Program and arguments that serve. */
  command: readonly string[];
  /** Data directory, absolute. */
  data: string;
  /** Where it writes besides: backups of its own. */
  writable: readonly string[];
  /** As which user the engine of a machine runs. `dynamic`: one that systemd makes for it, and that nothing else belongs to. */
  runAs: "dynamic" | "root" | string;
}

export const UNIT = "runwright.service";
export const SYSTEM_DATA = "/var/lib/runwright";
/** Settings of the engine as environment variables, for what doesn't belong into a unit: anyone may read those. */
export const ENVIRONMENT_FILE = "/etc/runwright/engine.env";
/** Running jobs get ten seconds, connections five, and what still hangs is ended fifteen seconds later. */
const STOP_SECONDS = 40;

/**
 * systemd.service(5), systemd.exec(5). Runners stand behind walls that the engine builds with the kernel's namespaces: what would keep it from building them would
 * weaken them. The comments in the unit name those.
 */
export const engineUnit = ({ manager, command, ...unit }: UnitParts): string => `[Unit]
Description=Runwright engine
Documentation=man:systemd.service(5)
${manager === "system" ? "Wants=network-online.target\nAfter=network-online.target postgresql.service\n" : ""}# A fault that doesn't pass, such as a wrong setting: it is tried ten times in five minutes, then left alone.
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=simple
ExecStart=${command.map(word).join(" ")}
Restart=on-failure
RestartSec=3
TimeoutStopSec=${STOP_SECONDS}
# The engine ends its runners itself; what it leaves is killed.
KillMode=mixed
# A runner that takes too much memory must not end the engine with it.
OOMPolicy=continue
UMask=0077
LimitNOFILE=65536
# Lines of JSON on standard error: the journal keeps, bounds and rotates them. See journald.conf(5).
StandardError=journal
LogRateLimitIntervalSec=30s
LogRateLimitBurst=20000
${manager === "system" ? ofMachine(unit) : `WorkingDirectory=${specifierFree(unit.data)}\n`}
# Walls that runners need no way through. Not here: RestrictNamespaces, ProtectKernelTunables, ProtectKernelLogs, ProtectProc and ProcSubset (runners get namespaces and a
# /proc of their own), PrivateUsers (each runner a user of its own), SystemCallFilter without @mount, MemoryDenyWriteExecute (JavaScript is compiled).
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
KeyringMode=private
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
${manager === "system" ? WALLS_OF_MACHINE : ""}
[Install]
WantedBy=${manager === "system" ? "multi-user.target" : "default.target"}
`;

function ofMachine({ data, writable, runAs }: Pick<UnitParts, "data" | "writable" | "runAs">): string {
  // One that isn't there, as its disk isn't mounted, doesn't keep the engine from starting.
  const more = writable.map((path) => quoted(`-${path}`));
  const writes = (paths: readonly string[]) => (paths.length > 0 ? `ReadWritePaths=${paths.join(" ")}\n` : "");
  const environment = `Environment=LANG=C.UTF-8\nEnvironmentFile=-${ENVIRONMENT_FILE}\n`;
  if (runAs === "dynamic")
    return `${environment}DynamicUser=yes\nStateDirectory=runwright\nStateDirectoryMode=0700\nWorkingDirectory=${SYSTEM_DATA}\nCapabilityBoundingSet=\nAmbientCapabilities=\n${writes(more)}`;
  const who =
    runAs === "root"
      ? `# Each runner gets a user of its own: for that the engine needs these, and no more.\nCapabilityBoundingSet=${CAPABILITIES.join(" ")}\n`
      : `User=${word(runAs)}\nCapabilityBoundingSet=\n`;
  return `${environment}${who}WorkingDirectory=${specifierFree(data)}\n${writes([quoted(data), ...more])}`;
}

/** What the walls around runners take when root builds them (engine/sandbox/boundary.ts), and a low port. */
const CAPABILITIES = [
  ...["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_SYS_PTRACE"],
  ...["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_NET_BIND_SERVICE", "CAP_SYS_RESOURCE"],
];

const WALLS_OF_MACHINE = `ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectKernelModules=yes
RemoveIPC=yes
SystemCallFilter=@system-service @mount @pkey
SystemCallErrorNumber=EPERM
`;
