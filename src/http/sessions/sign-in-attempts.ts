import { Limiter } from "../../access/limits/limiter.ts";
import { asQueueFlowError } from "../../errors.ts";
import type { ClientAddresses } from "../client-address.ts";

/** As many at once, then one every ten seconds. Each ingest thread counts for itself. */
const FAILURES = { perSecond: 0.1, burst: 10 };

/**
 * Limits how often an address fails to sign in, whatever the configured limits are. A right key signs in even then, as every other
 * route takes it, so that nobody locks out those behind the same address. Nobody guesses its 192 random bits, nor the 256 of a token.
 */
export class SignInAttempts {
  readonly #limiter = new Limiter({
    address: { events: undefined, requests: FAILURES },
    isShared: false,
  });

  /** Returns what `signIn` does. @throws QueueFlowError `rate_limited` for too many refusals; what `signIn` throws. */
  async count<Result>(
    request: Request,
    { senderOf }: ClientAddresses,
    signIn: () => Promise<Result>,
  ): Promise<Result> {
    // The address is known only while the connection is open.
    const address = senderOf(request);
    try {
      return await signIn();
    } catch (error) {
      if (isRefusal(error)) this.#limiter.admitRequest({ address }, performance.now());
      throw error;
    }
  }
}

function isRefusal(error: unknown): boolean {
  const { status } = asQueueFlowError(error);
  return status === 401 || status === 403;
}
