/** What the text of a member means, whatever kind of document it stands in. */
export type MemberRole = "cron" | "timeZone" | "selector" | "runbook" | "secret" | "tag";

/** JSON Pointers of members that mean the same. A kind that has no such member never has the pointer either. */
const ROLES: readonly { pointer: RegExp; role: MemberRole }[] = [
  { pointer: /^(\/periods\/\d+)?\/cron$/, role: "cron" },
  { pointer: /^\/timeZone$/, role: "timeZone" },
  { pointer: /^(\/selector|\/exemptions\/\d+\/machines)$/, role: "selector" },
  { pointer: /^(\/(runs|hooks)\/\d+)?\/runbook$/, role: "runbook" },
  { pointer: /^\/(verify|notify)\/secret$/, role: "secret" },
  { pointer: /^\/rebootRules\/\d+\/tag$/, role: "tag" },
];

export const roleAt = (pointer: string): MemberRole | undefined => ROLES.find((row) => row.pointer.test(pointer))?.role;
