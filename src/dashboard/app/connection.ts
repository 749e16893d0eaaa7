import { RequestFailure, request } from "../api/request.ts";

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

  #tryLater(): void {
    const delayMs = RETRY_MS[this.#tries] ?? RETRY_MS.at(-1);
    this.#tries += 1;
    setTimeout(() => void this.#try(), delayMs);
  }

  async #try(): Promise<void> {
    try {
      await request("health/live", {}, new AbortController().signal);
      this.#set(false);
    } catch (error) {
      // A refusal is an answer, too.
      if (error instanceof RequestFailure && error.kind === "lost") this.#tryLater();
      else this.#set(false);
    }
  }

  #set(isLost: boolean): void {
    this.#isLost = isLost;
    for (const tell of this.#listeners) tell();
  }
}

export const connection = new Connection();
