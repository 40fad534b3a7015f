/* Keys of PostgreSQL's advisory locks: arbitrary, but never to be changed, as engines of different versions must exclude each other. */

export const MIGRATION_LOCK = 0x72770001;
export const ACTIVITY_LOCK = 0x72770002;
export const GATE_LOCK = 0x72770003;
export const PLANS_LOCK = 0x72770004;
export const EDITIONS_LOCK = 0x72770005;
export const REBOOTS_LOCK = 0x72770006;
export const OFFERS_LOCK = 0x72770007;
export const FIGURES_LOCK = 0x72770008;
