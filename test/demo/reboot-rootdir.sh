#!/usr/bin/env bash
# reboot-rootdir.sh HOST_DIR - what a reboot is for a host that is only files: /run is emptied, the boot id is new, its agent ends and is started again.
set -euo pipefail
H=${1:?usage: reboot-rootdir.sh HOST_DIR}
[ -e "$H/etc/lab-managed-host" ] || { echo "not a lab host: $H" >&2; exit 1; }
rm -rf "$H/run"; mkdir -p "$H/run"
cat /proc/sys/kernel/random/uuid > "$H/.lab/boot_id"
kill -TERM "$(cat "$H/.lab/agent.pid")"
