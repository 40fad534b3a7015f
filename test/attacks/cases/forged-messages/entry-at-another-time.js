// verdict: contained
// without job time: harms record

/** An entry from the future stays at the end of every list. */
export default ({ emit }) => emit("log", { level: "info", message: "from the future" }, 4e12).then(() => undefined);
