import { statSync } from "node:fs";
import { type Certificate, readCertificate } from "../certificate.ts";
import type { CertificateFiles } from "../config/config.ts";
import { errorText } from "../errors.ts";
import { Condition } from "../log/condition.ts";
import type { Log } from "../log/log.ts";

const POLL_INTERVAL_MS = 1_000;

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  /** In use since the start. */
  readonly certificate: Certificate;
  readonly log: Log;
  readonly onRenewed: (certificate: Certificate) => void;
}

/**
 * Takes renewed files. Polls instead of waiting for the kernel's events, which miss the exchange of a link that certbot or
 * Kubernetes makes. While the files do not fit together, for example half-way through a renewal, the last good certificate
 * stays. Returns a function that ends the watch.
 */
export function watchCertificate(options: CertificateWatchOptions): () => void {
  const { files, log, onRenewed } = options;
  const renewal = new Condition(log, "Renewed TLS certificate can be read again");
  const expiry = new Condition(log, "TLS certificate is valid again");
  let { certificate } = options;
  // Unknown, in case the files have changed since they were read.
  let seen: string | undefined;
  const poll = (): void => {
    checkExpiry(certificate, files, expiry);
    const now = stateOf(files);
    if (now !== undefined && now === seen) return;
    try {
      const found = readCertificate(files);
      seen = now;
      renewal.recover();
      if (found.cert === certificate.cert && found.key === certificate.key) return;
      certificate = found;
      onRenewed(found);
      log.info({ expiresAt: found.expiresAt.toISOString() }, "Renewed TLS certificate taken");
    } catch (error) {
      const message = "Renewed TLS certificate not taken; the previous one stays, retrying";
      const why = errorText(error);
      renewal.change({ level: "warn", message, fields: { error: why }, cause: why });
    }
  };
  poll();
  const timer = setInterval(poll, POLL_INTERVAL_MS);
  return () => clearInterval(timer);
}

function checkExpiry(
  { expiresAt }: Certificate,
  { certFile }: CertificateFiles,
  expiry: Condition,
): void {
  if (expiresAt.getTime() > Date.now()) {
    expiry.recover();
    return;
  }
  const message = "TLS certificate has expired; clients refuse to connect until it is renewed";
  const fields = { file: certFile, expiredAt: expiresAt.toISOString() };
  expiry.change({ level: "error", message, fields });
}

/** Differs when a file was written, replaced, or became readable. Undefined while one is missing. */
function stateOf({ certFile, keyFile }: CertificateFiles): string | undefined {
  try {
    return [certFile, keyFile]
      .map((file) => statSync(file, { bigint: true }))
      .map(({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(":"))
      .join(" ");
  } catch {
    return undefined;
  }
}
