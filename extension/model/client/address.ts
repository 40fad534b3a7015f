/** Where an engine is, and how it proves that it is the one. */
export interface EngineAddress {
  /** Without a trailing slash, such as `https://runwright.example.com`. */
  readonly url: string;
  /** SHA-256 of the public key of a self-signed certificate, base64url: only that key is trusted. Absent: certificate authorities decide. */
  readonly tlsPin?: string;
}

/** Whether nothing that is sent there leaves this machine. */
export const isOnThisMachine = ({ hostname }: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
