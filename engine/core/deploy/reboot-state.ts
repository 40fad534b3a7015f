/** Azure's names (docs: Update Manager, query logs: rebootStatus), and `Unverified`: the machine is back, and its boot id or its health says otherwise. */
export const REBOOT_STATES = ["NotNeeded", "Required", "Started", "Completed", "Failed", "Unverified"] as const;
export type RebootState = (typeof REBOOT_STATES)[number];
