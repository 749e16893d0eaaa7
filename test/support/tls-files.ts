import { join } from "node:path";

const FOLDER = join(import.meta.dir, "..", "fixtures", "tls");

/** A certificate for `localhost`, the CA that signed it, and a CA that did not. Valid until 2126. */
export const TLS = {
  ca: join(FOLDER, "ca.crt"),
  otherCa: join(FOLDER, "other-ca.crt"),
  cert: join(FOLDER, "server.crt"),
  key: join(FOLDER, "server.key"),
} as const;

/** Signed by themselves, for `localhost`. */
export const RENEWED = { cert: join(FOLDER, "renewed.crt"), key: join(FOLDER, "renewed.key") };
export const EXPIRED = { cert: join(FOLDER, "expired.crt"), key: join(FOLDER, "expired.key") };
