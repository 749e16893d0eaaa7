import { Buckets } from "../../access/limits/buckets.ts";
import { type Demand, takeAll } from "../../access/limits/demand.ts";
import { addressSubject, namedSubject } from "../../access/limits/subject.ts";
import { asQueueFlowError } from "../../errors.ts";
import type { ClientAddresses } from "../client-address.ts";

/** As many at once, then one every ten seconds. Each ingest thread counts for itself. */
const FAILURES = { perSecond: 0.1, burst: 10 };
/** Redis remembers each that ends before its 12 hours are over, and each thread reads all of these. */
const SESSIONS = { perSecond: 0.1, burst: 60 };
const KEY_SLOTS = 8_192;

/**
 * Limits how often an address fails to sign in, whatever the configured limits are. A right key signs in even then, as every other
 * route takes it, so that nobody locks out those behind the same address. Nobody guesses its 192 random bits, nor the 256 of a token.
 */
export class SignInAttempts {
  readonly #failures = new Buckets({ isShared: false });
  readonly #sessions = new Buckets({ isShared: false, slots: KEY_SLOTS });

  /** Returns what `signIn` does. @throws QueueFlowError `rate_limited` for too many refusals; what `signIn` throws. */
  async count<Result>(
    request: Request,
    { senderOf }: ClientAddresses,
    signIn: () => Promise<Result>,
  ): Promise<Result> {
    // The address is known only while the connection is open.
    const subject = addressSubject(senderOf(request));
    try {
      return await signIn();
    } catch (error) {
      if (isRefusal(error)) {
        take({ buckets: this.#failures, subject, rate: FAILURES, who: "this address" });
      }
      throw error;
    }
  }

  /** Counts a session that a key begins. @throws QueueFlowError `rate_limited`. */
  expectRoom(keyId: string): void {
    const subject = namedSubject("key", keyId);
    take({ buckets: this.#sessions, subject, rate: SESSIONS, who: "this key" });
  }
}

function take(demand: Omit<Demand, "unit" | "units">): void {
  takeAll([{ ...demand, units: 1, unit: "requests" }], performance.now());
}

function isRefusal(error: unknown): boolean {
  const { status } = asQueueFlowError(error);
  return status === 401 || status === 403;
}
