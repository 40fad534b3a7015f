/** Whether an address is this machine's own: 127.0.0.0/8, ::1, or the former written as IPv6. */
export const isLoopback = (address: string): boolean => address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address);
