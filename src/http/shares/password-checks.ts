import { QueueFlowError } from "../../errors.ts";

/** Each takes a core for 20 ms, and 19 MiB. */
const WAITING_MAX = 8;
const RETRY_AFTER_S = 2;

/** Compares passwords with their hashes, one after the other: attempts from many addresses must not take all cores. */
export class PasswordChecks {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws QueueFlowError `password_wrong`, or `rate_limited` while too many others wait. */
  async expect(password: string, hash: string): Promise<void> {
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
