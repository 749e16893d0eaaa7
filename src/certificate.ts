import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { CertificateFiles } from "./config/config.ts";
import { errorText, QueueFlowError } from "./errors.ts";

/** As PEM text. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly expiresAt: Date;
}

/**
 * Reads the files, whose key is then the certificate's. An expired certificate is returned too.
 *
 * @throws QueueFlowError `invalid_config` that names the file, without its contents.
 */
export function readCertificate({ certFile, keyFile }: CertificateFiles): Certificate {
  const cert = textOf("TLS_CERT_FILE", certFile);
  const key = textOf("TLS_KEY_FILE", keyFile);
  const leaf = parsed(() => new X509Certificate(cert), {
    expected: `TLS_CERT_FILE to be a certificate in PEM`,
    file: certFile,
  });
  const privateKey = parsed(() => createPrivateKey(key), {
    expected: `TLS_KEY_FILE to be a private key in PEM without a password`,
    file: keyFile,
  });
  if (!leaf.checkPrivateKey(privateKey)) {
    const message = `Expected TLS_KEY_FILE to be the key of TLS_CERT_FILE, got that of another in ${keyFile}`;
    throw new QueueFlowError("invalid_config", message);
  }
  // Parses the rest of the chain.
  parsed(() => createSecureContext({ cert, key }), {
    expected: "TLS_CERT_FILE to be certificates in PEM",
    file: certFile,
  });
  return { cert, key, expiresAt: new Date(leaf.validTo) };
}

function textOf(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const message = `Expected ${variable} to be a readable file, got ${file}: ${errorText(error)}`;
    throw new QueueFlowError("invalid_config", message);
  }
}

function parsed<Thing>(
  parse: () => Thing,
  { expected, file }: { expected: string; file: string },
): Thing {
  try {
    return parse();
  } catch {
    throw new QueueFlowError(
      "invalid_config",
      `Expected ${expected}, got something else in ${file}`,
    );
  }
}
