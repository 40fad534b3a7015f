/** An event: something named that has happened, told to the engine by people, programs or runbooks, for jobs that wait for it. */
export const EVENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$/;

/** Bytes of JSON that an event may carry: a reference to large data is better. */
export const MAX_EVENT_BYTES = 64 * 1024;
