/** Loaded with the first session: it serves sockets. */
export { openRelay } from "../../../engine/cli/debug-relay.ts";
