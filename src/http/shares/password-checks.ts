import { Buckets } from "../../access/limits/buckets.ts";
import { takeAll } from "../../access/limits/demand.ts";
import { addressSubject, namedSubject } from "../../access/limits/subject.ts";
import { QueueFlowError } from "../../errors.ts";

/** As many of an address at once, then one every ten seconds. Each ingest thread counts for itself. */
const OF_ADDRESS = { perSecond: 0.1, burst: 10 };
/** Likewise of a link, from however many addresses: 17,280 guesses a day and thread. */
const OF_LINK = { perSecond: 0.2, burst: 30 };
/** A link has few holders: room for thousands of links that are tried at the same time. */
const LINK_SLOTS = 8_192;
/** Each takes a core for 20 ms, and 19 MiB. */
const WAITING_MAX = 8;
const RETRY_AFTER_S = 2;

/** Compares passwords with their hashes, one after the other: attempts from many addresses must not take all cores. */
export class PasswordChecks {
  readonly #ofAddresses = new Buckets({ isShared: false });
  readonly #ofLinks = new Buckets({ isShared: false, slots: LINK_SLOTS });
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** A right password counts too: unlike a key, it can be guessed. @throws QueueFlowError `password_wrong`, `rate_limited`. */
  async expect(
    password: string,
    {
      shareId,
      hash,
      address,
    }: {
      readonly shareId: string;
      readonly hash: string;
      readonly address: string | undefined;
    },
  ): Promise<void> {
    if (this.#waiting >= WAITING_MAX) {
      const message = `Expected at most ${WAITING_MAX} passwords to be checked at once, got another`;
      throw new QueueFlowError("rate_limited", message, { retryAfterS: RETRY_AFTER_S });
    }
    this.#take(shareId, address);
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

  #take(shareId: string, address: string | undefined): void {
    const one = { units: 1, unit: "requests" } as const;
    const ofAddress = {
      ...one,
      buckets: this.#ofAddresses,
      subject: addressSubject(address),
      rate: OF_ADDRESS,
      who: "this address",
    };
    const ofLink = {
      ...one,
      buckets: this.#ofLinks,
      subject: namedSubject("link", shareId),
      rate: OF_LINK,
      who: "all clients of this link",
    };
    takeAll([ofAddress, ofLink], performance.now());
  }
}
