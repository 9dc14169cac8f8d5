/**
 * Whether a URL's `hostname` is this machine: what is sent there leaves it by no wire, so it may go without encryption, and past every
 * proxy. Names below `localhost` are not: some resolvers ask the network for them.
 */
export function isLoopback(hostname: string): boolean {
  return loopback.test(hostname);
}

/** As `URL` writes them: in lower case, IPv6 in brackets, an IPv4 address within IPv6 in hexadecimal digits. */
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/;
