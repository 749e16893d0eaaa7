import type { MissingServers } from "../thread-report.ts";
import { type BannerFacts, startBanner } from "./start-banner.ts";

/** Prints once which servers are missing, if any, and once that the engine is running. */
export class StartAnnouncer {
  readonly #facts: BannerFacts;
  readonly #print: (text: string) => void;
  #areThreadsReady = false;
  #missing: MissingServers | undefined;
  #announced: "nothing" | "missing" | "running" = "nothing";

  constructor(facts: BannerFacts, print: (text: string) => void) {
    this.#facts = facts;
    this.#print = print;
  }

  threadsReady(): void {
    this.#areThreadsReady = true;
    this.#announce();
  }

  servers(missing: MissingServers): void {
    this.#missing = missing;
    this.#announce();
  }

  #announce(): void {
    if (!this.#areThreadsReady || this.#missing === undefined) return;
    const next = Object.keys(this.#missing).length === 0 ? "running" : "missing";
    if (this.#announced === "running" || this.#announced === next) return;
    this.#announced = next;
    this.#print(startBanner(this.#facts, this.#missing));
  }
}
