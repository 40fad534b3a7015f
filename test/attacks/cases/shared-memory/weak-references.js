// verdict: contained
// without the lockdown: escaped

/** What the collector does isn't the same in a replay. */
export default () => (typeof WeakRef === "undefined" && typeof FinalizationRegistry === "undefined" ? undefined : "collection can be seen");
