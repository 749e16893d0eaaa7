import { errorText } from "../../errors.ts";

const failures = new WeakMap<object, unknown>();

const REMEDIES: readonly { readonly failure: RegExp; readonly remedy: string }[] = [
  {
    failure: /\b(WRONGPASS|NOAUTH)\b/,
    remedy: "Correct the user and the password in REDIS_URL, or REDIS_PASSWORD",
  },
  {
    failure: /\bNOPERM\b/,
    remedy: "Grant the user in REDIS_URL the rights that `queueflow doctor` finds missing",
  },
  {
    failure: /certificate/,
    remedy:
      "Set NODE_EXTRA_CA_CERTS to the CA certificate's file, and use the host name of the certificate",
  },
  { failure: /: use rediss?:\/\/ in REDIS_URL$/, remedy: "Correct the scheme of REDIS_URL" },
  { failure: /DB index is out of range/, remedy: "Correct the database number in REDIS_URL" },
];

/** Keeps why a connection failed last; undefined once it is ready. */
export function noteConnectionFailure(connection: object, error: unknown): void {
  failures.set(connection, error);
}

export function connectionFailure(connection: object): unknown {
  return failures.get(connection);
}

/** Returns undefined when the failure may pass by itself. */
export function connectionRemedy(error: unknown): string | undefined {
  const text = errorText(error);
  return REMEDIES.find(({ failure }) => failure.test(text))?.remedy;
}
