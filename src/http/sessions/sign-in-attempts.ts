import { Limiter } from "../../access/limits/limiter.ts";
import type { ClientAddresses } from "../client-address.ts";

/** As many at once, then one every ten seconds. Each ingest thread counts for itself. */
const ATTEMPTS = { perSecond: 0.1, burst: 10 };

/** Limits how often an address tries to sign in, whatever the configured limits are. */
export class SignInAttempts {
  readonly #limiter = new Limiter({
    address: { events: undefined, requests: ATTEMPTS },
    isShared: false,
  });

  /** @throws QueueFlowError `rate_limited`. */
  admit(request: Request, { senderOf }: ClientAddresses): void {
    this.#limiter.admitRequest({ address: senderOf(request) }, performance.now());
  }
}
