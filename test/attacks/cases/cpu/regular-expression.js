// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}

/** Catastrophic backtracking, in one call. */
export default () => /^(a+)+$/.test(`${"a".repeat(60)}b`) || undefined;
