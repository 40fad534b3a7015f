/** Why an update failed that would remove other packages: first what it would remove. @param names none: it failed for another reason */
export const withRemovals = (failure: string, names: readonly string[]): string =>
  names.length === 0 ? failure : `it would remove ${listed(names)}, and removals aren't allowed (allowRemovals): ${failure}`;

const MOST_NAMED = 20;

/** Names in a sentence. */
export const listed = (names: readonly string[]): string =>
  [...names.slice(0, MOST_NAMED), ...(names.length > MOST_NAMED ? [`${names.length - MOST_NAMED} more`] : [])].join(", ");
