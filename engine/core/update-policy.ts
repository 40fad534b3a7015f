/**
 * What policies say of one missing update. Only `approved` ones are installed.
 *
 * | verdict | means | counts against compliance |
 * |---|---|---|
 * | approved | may be installed | yes |
 * | excluded | selected, and named by an exclusion: it isn't deployed, and the risk stays | yes |
 * | exempt | somebody answers for leaving it out, with a reason and an end | no |
 * | deferred | selected; too young, counted from when the engine first saw it in the policy's scope | no |
 * | unapproved | selected; the policy wants a person to approve it first | no |
 * | notselected | the policy doesn't choose its classification or severity | no |
 */
export const VERDICTS = ["approved", "excluded", "exempt", "deferred", "unapproved", "notselected"] as const;
export type Verdict = (typeof VERDICTS)[number];
