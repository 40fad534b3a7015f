/** Characters of a file of resources, as for `runwright plan`. */
export const MAX_YAML = 1024 * 1024;

/** Whether a text may hold documents of ours: looked at before anything is parsed, for most YAML files of a workspace are of others. */
export const mayHoldResources = (text: string): boolean => text.length <= MAX_YAML && /^kind\s*:/m.test(text);
