import type { StartState } from "../thread-report.ts";
import { type BannerFacts, startBanner } from "./start-banner.ts";

/** Prints once which servers are missing, if any, and once that the engine is running. */
export class StartAnnouncer {
  readonly #facts: BannerFacts;
  readonly #print: (text: string) => void;
  #areThreadsReady = false;
  #state: StartState | undefined;
  #announced: "nothing" | "missing" | "running" = "nothing";

  constructor(facts: BannerFacts, print: (text: string) => void) {
    this.#facts = facts;
    this.#print = print;
  }

  threadsReady(): void {
    this.#areThreadsReady = true;
    this.#announce();
  }

  servers(state: StartState): void {
    this.#state = state;
    this.#announce();
  }

  #announce(): void {
    if (!this.#areThreadsReady || this.#state === undefined) return;
    const next = Object.keys(this.#state.missing).length === 0 ? "running" : "missing";
    if (this.#announced === "running" || this.#announced === next) return;
    this.#announced = next;
    this.#print(startBanner(this.#facts, this.#state));
  }
}
