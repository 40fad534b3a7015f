// verdict: contained
// without job time: harms record

/** An entry from the future stays at the end of every list. */
export default ({ emit }) => emit("log", { level: "info", message: "from the future" }, 9e15).then(() => undefined);
