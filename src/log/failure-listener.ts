/** Hears of each call on a server how it went, so that an outage can be told once and not once a call. */
export interface FailureListener {
  failed(error: unknown): void;
  recovered(): void;
}
