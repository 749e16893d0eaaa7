import { RequestFailure, request } from "../api/request.ts";

/** A probe needs no other server, so that an engine that takes longer hangs. */
const PROBE_MS_MAX = 5_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000];

/** Whether the engine answers. While it does not, asks again and again; then everything that waits is told. */
class Connection {
  #isLost = false;
  #listeners = new Set<() => void>();
  #tries = 0;

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Calls back at each change. Returns a function that ends this. */
  watch(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => void this.#listeners.delete(onChange);
  }

  lost(): void {
    if (this.#isLost) return;
    this.#tries = 0;
    this.#set(true);
    this.#tryLater();
  }

  /** Asks once, for something that was cut off. */
  async check(): Promise<void> {
    if (!this.#isLost && !(await answers())) this.lost();
  }

  #tryLater(): void {
    const delayMs = RETRY_MS[this.#tries] ?? RETRY_MS.at(-1);
    this.#tries += 1;
    setTimeout(() => void this.#try(), delayMs);
  }

  async #try(): Promise<void> {
    if (await answers()) this.#set(false);
    else this.#tryLater();
  }

  #set(isLost: boolean): void {
    this.#isLost = isLost;
    for (const tell of this.#listeners) tell();
  }
}

async function answers(): Promise<boolean> {
  try {
    await request("health/live", {}, AbortSignal.timeout(PROBE_MS_MAX));
    return true;
  } catch (error) {
    // A refusal is an answer, too.
    return error instanceof RequestFailure && error.kind !== "lost";
  }
}

export const connection = new Connection();
