export const UNIT = "runwright-agent.service";

export interface ServiceParts {
  /** Program and arguments that run the agent. */
  command: readonly string[];
  stateDirectory: string;
}

/**
 * systemd.service(5), systemd.exec(5), systemd.kill(5). What the agent starts inherits its sandbox: package scripts write anywhere, load modules, make users and
 * set-uid files, and talk to what runs. So only those walls stand that no package needs to pass; the comments in the unit tell of the others.
 */
export const systemdUnit = ({ command, stateDirectory }: ServiceParts): string => `[Unit]
Description=Runwright agent
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target
# A machine that hasn't joined has nothing to do.
ConditionPathExists=${specifierFree(`${stateDirectory}/identity.json`)}
# It never gives up, however often it fails.
StartLimitIntervalSec=0

[Service]
Type=simple
ExecStart=${command.map(word).join(" ")}
Restart=always
RestartSec=5
# A package manager that runs is let finish when the agent ends or is started anew: systemd signals the agent alone, and leaves what it has started.
KillMode=process
TimeoutStopSec=120
# The kernel ending a package script for want of memory must not end the agent with it.
OOMPolicy=continue
# Package scripts make files for everyone to read.
UMask=0022
WorkingDirectory=/
Environment=LANG=C.UTF-8

# Walls that no package needs to pass. Not here: NoNewPrivileges (SELinux domains of rpm), RestrictSUIDSGID (set-uid programs in packages), ProtectSystem,
# ProtectHome and PrivateTmp (packages write there, and find sockets), ProtectKernelModules and ProtectKernelTunables (modules, sysctl), PrivateDevices
# (boot loaders), MemoryDenyWriteExecute (JavaScript), RestrictNamespaces and SystemCallFilter (sandboxes that package scripts build).
CapabilityBoundingSet=~CAP_SYS_PACCT CAP_WAKE_ALARM CAP_BLOCK_SUSPEND CAP_LEASE
LockPersonality=yes
RestrictRealtime=yes
KeyringMode=private

[Install]
WantedBy=multi-user.target
`;

/** systemd.service(5), "Command lines": `$` stands for itself when it is doubled. */
export const word = (text: string): string => quoted(text.replaceAll("$", "$$$$"));

/** systemd.syntax(7): quoted, with C escapes; `%` stands for itself when it is doubled. */
export const quoted = (text: string): string =>
  /^[A-Za-z0-9_./:=@+-]+$/.test(text)
    ? text
    : `"${specifierFree(text)
        .replace(/["\\]/g, "\\$&")
        .replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`;

export const specifierFree = (text: string): string => text.replaceAll("%", "%%");
