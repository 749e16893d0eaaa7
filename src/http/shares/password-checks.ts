import { Limiter } from "../../access/limits/limiter.ts";
import { QueueFlowError } from "../../errors.ts";

/** As many of an address at once, then one every ten seconds. Each ingest thread counts for itself. */
const ATTEMPTS = { perSecond: 0.1, burst: 10 };
/** Each takes a core for 20 ms, and 19 MiB. */
const WAITING_MAX = 8;
const RETRY_AFTER_S = 2;

/** Compares passwords with their hashes, one after the other: attempts from many addresses must not take all cores. */
export class PasswordChecks {
  readonly #limiter = new Limiter({
    address: { events: undefined, requests: ATTEMPTS },
    isShared: false,
  });
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** A right password counts too: unlike a key, it can be guessed. @throws QueueFlowError `password_wrong`, `rate_limited`. */
  async expect(
    password: string,
    { hash, address }: { readonly hash: string; readonly address: string | undefined },
  ): Promise<void> {
    this.#limiter.admitRequest({ address }, performance.now());
    if (this.#waiting >= WAITING_MAX) {
      const message = `Expected at most ${WAITING_MAX} passwords to be checked at once, got another`;
      throw new QueueFlowError("rate_limited", message, { retryAfterS: RETRY_AFTER_S });
    }
    this.#waiting += 1;
    const checking = this.#last.then(async () => await Bun.password.verify(password, hash));
    this.#last = checking.catch(() => undefined);
    try {
      if (await checking) return;
    } finally {
      this.#waiting -= 1;
    }
    throw new QueueFlowError("password_wrong", "Expected the password of the link, got another");
  }
}
