// verdict: contained
// without the lockdown: escaped

/** Memory that another thread may see. */
export default () => (typeof SharedArrayBuffer === "undefined" ? undefined : new SharedArrayBuffer(1_000).byteLength);
