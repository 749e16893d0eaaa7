/** Per thread. Each is asked about once a second, if answers are fast enough. */
export const SITES_MAX = 64;
/** Per thread. Each holds a connection. */
export const LISTENERS_MAX = 512;
/** Per thread: an address may be that of an office or of a proxy. */
export const LISTENERS_OF_CLIENT_MAX = 64;
/** Per thread, of all public links together: the others are left to those who have a key. */
export const PUBLIC_LISTENERS_MAX = 256;
/** Clients and proxies see something at least every 15 s. */
export const SILENCE_MS_MAX = 14_000;
