/** A runbook's name is its address: in the command, in URLs and in the permissions of other runbooks. */
export const RUNBOOK_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const isRunbookName = (text: string): boolean => RUNBOOK_NAME.test(text);
