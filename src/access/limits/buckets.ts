import { type Rate, refillMs, waitMs } from "./rate.ts";
import type { Subject } from "./subject.ts";
import { TabulationHash } from "./tabulation-hash.ts";

/** 5.5 MiB, allocated page by page as they are used. */
const SLOTS = 262_144;
/** Buckets that one hash can have. */
const WAYS = 8;
/** Smaller amounts are sent once they add up: addresses that send little need no exchange. */
const SENT_SHARE = 1 / 8;
/** Bounds a message between threads; the others wait for the next one. */
const SENT_SUBJECTS_MAX = 4_096;
const NUMBERS_PER_SUBJECT = 3;

export interface BucketsOptions {
  /** Whether to collect what other threads must know. */
  readonly isShared: boolean;
  /** A multiple of `WAYS`. */
  readonly slots?: number;
}

/**
 * Buckets in a fixed amount of memory. Where all `WAYS` places of a subject are taken, the bucket that is full soonest goes: it
 * loses the least debt, and none once it is full. Instants are milliseconds of any clock that never goes back.
 */
export class Buckets {
  readonly #isShared: boolean;
  readonly #sets: number;
  readonly #hash = new TabulationHash();
  readonly #hi: Uint32Array;
  readonly #lo: Uint32Array;
  readonly #fullAtMs: Float64Array;
  /** Taken here, in milliseconds of refill, and not collected. */
  readonly #unsentMs: Float32Array;
  readonly #isQueued: Uint8Array;
  /** Slots, each at most once. */
  readonly #queue: number[] = [];

  constructor({ isShared, slots = SLOTS }: BucketsOptions) {
    this.#isShared = isShared;
    this.#sets = slots / WAYS;
    this.#hi = new Uint32Array(slots);
    this.#lo = new Uint32Array(slots);
    this.#fullAtMs = new Float64Array(slots);
    this.#unsentMs = new Float32Array(slots);
    this.#isQueued = new Uint8Array(slots);
  }

  /** Returns how long to wait for this many units, in milliseconds; 0 when `take` may follow. */
  waitMs(subject: Subject, { rate, units }: { rate: Rate; units: number }, nowMs: number): number {
    const slot = this.#find(subject);
    const fullAtMs = slot === -1 ? nowMs : (this.#fullAtMs[slot] ?? nowMs);
    return waitMs({ fullAtMs, rate, units }, nowMs);
  }

  /** Gives back a negative number of units. */
  take(subject: Subject, { rate, units }: { rate: Rate; units: number }, nowMs: number): void {
    const ms = refillMs(rate, units);
    const slot = this.#add(subject, ms, nowMs);
    if (!this.#isShared || slot === -1) return;
    const unsentMs = (this.#unsentMs[slot] ?? 0) + ms;
    this.#unsentMs[slot] = unsentMs;
    const isDue = Math.abs(unsentMs) >= refillMs(rate, rate.burst * SENT_SHARE);
    if (!isDue || this.#isQueued[slot] === 1) return;
    this.#isQueued[slot] = 1;
    this.#queue.push(slot);
  }

  /** Returns what was taken here since the last call, for `addTaken` of other threads. */
  collectTaken(): Float64Array {
    const sent = this.#queue.splice(0, SENT_SUBJECTS_MAX);
    const taken = new Float64Array(sent.length * NUMBERS_PER_SUBJECT);
    let at = 0;
    for (const slot of sent) {
      taken[at] = this.#hi[slot] ?? 0;
      taken[at + 1] = this.#lo[slot] ?? 0;
      taken[at + 2] = this.#unsentMs[slot] ?? 0;
      this.#unsentMs[slot] = 0;
      this.#isQueued[slot] = 0;
      at += NUMBERS_PER_SUBJECT;
    }
    return taken;
  }

  addTaken(taken: Float64Array, nowMs: number): void {
    for (let at = 0; at + 2 < taken.length; at += NUMBERS_PER_SUBJECT) {
      const [hi = 0, lo = 0, ms = 0] = taken.subarray(at, at + NUMBERS_PER_SUBJECT);
      this.#add({ hi, lo }, ms, nowMs);
    }
  }

  /** Returns the slot, or -1 when there is nothing to give back to. */
  #add(subject: Subject, ms: number, nowMs: number): number {
    const found = this.#find(subject);
    if (ms < 0) {
      if (found !== -1) this.#fullAtMs[found] = (this.#fullAtMs[found] ?? 0) + ms;
      return found;
    }
    const slot = found === -1 ? this.#replace(subject) : found;
    this.#fullAtMs[slot] = Math.max(this.#fullAtMs[slot] ?? 0, nowMs) + ms;
    return slot;
  }

  #find({ hi, lo }: Subject): number {
    const first = this.#firstSlot(hi, lo);
    for (let slot = first; slot < first + WAYS; slot += 1) {
      if (this.#lo[slot] === lo && this.#hi[slot] === hi) return slot;
    }
    return -1;
  }

  #replace({ hi, lo }: Subject): number {
    const first = this.#firstSlot(hi, lo);
    let least = first;
    for (let slot = first + 1; slot < first + WAYS; slot += 1) {
      if ((this.#fullAtMs[slot] ?? 0) < (this.#fullAtMs[least] ?? 0)) least = slot;
    }
    this.#hi[least] = hi;
    this.#lo[least] = lo;
    this.#fullAtMs[least] = 0;
    this.#unsentMs[least] = 0;
    return least;
  }

  #firstSlot(hi: number, lo: number): number {
    return (this.#hash.of(hi, lo) % this.#sets) * WAYS;
  }
}
