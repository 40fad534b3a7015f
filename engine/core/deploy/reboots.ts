/** Who may reboot together: machines that share the value of this tag are a group. */
export interface RebootRule {
  /** Such as `role` or `rack`. */
  tag: string;
  /** So many of a group may be down at once; default 1. */
  atOnce?: number;
  /** So many of a group must be up all the time. */
  quorum?: number;
}

export interface GroupMember {
  id: string;
  tags: Readonly<Record<string, string>>;
  /** Connected, its boot proven and its health check passed. */
  up: boolean;
}

/** A reboot that has been allowed and isn't proven yet. Its fence is given with the permission: a proof under an older fence changes nothing. */
export interface RebootUnderWay {
  machineId: string;
  fence: number;
}

/**
 * Why a machine may not reboot now; undefined: it may. Who is down for another reason counts as down: a quorum is about who serves, not about who was asked.
 * @param members all machines of the scope that the rules are about, not only those of the deployment
 */
export function rebootRefusal(
  machine: GroupMember,
  rules: readonly RebootRule[],
  members: readonly GroupMember[],
  underWay: readonly RebootUnderWay[],
): string | undefined {
  const rebooting = new Set(underWay.map(({ machineId }) => machineId));
  for (const { tag, atOnce = 1, quorum } of rules) {
    const value = machine.tags[tag];
    if (value === undefined) continue;
    const group = members.filter((one) => one.tags[tag] === value && one.id !== machine.id);
    const name = `${tag}=${value}`;
    const down = group.filter((one) => rebooting.has(one.id) || !one.up);
    if (down.length >= atOnce) return `${down.length} of ${name} ${down.length === 1 ? "is" : "are"} down already, at most ${atOnce} may be`;
    const left = group.length - down.length;
    if (quorum !== undefined && left < quorum) return `only ${left} of ${name} would be up, ${quorum} must be`;
  }
  return undefined;
}
