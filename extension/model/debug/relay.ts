/** Loaded with the first session: it serves sockets. */
export { openRelay } from "../../../engine/debug/relay.ts";
