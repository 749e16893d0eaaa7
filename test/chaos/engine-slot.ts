import { type FaultyEngine, spawnFaultyEngine } from "../support/faulty-engine.ts";
import type { ThreadFault } from "../support/thread-fault.ts";
import { within } from "../support/within.ts";
import type { History } from "./history.ts";
import { DIED, unexplained } from "./unexplained.ts";

/** A stop has 10 s, and a machine that does much else may take longer. */
const STOP_MS_MAX = 60_000;
const SIGTERM_UNHEARD = 128 + 15;
const TAIL_RECORDS = 40;

/** One life of an engine, from its start to its end. */
export interface EngineLife {
  readonly engine: FaultyEngine;
  /** How often each thread was told to fail. */
  readonly strikes: Map<string, number>;
}

/** The place of an engine: what a platform does that keeps one running, and what can befall it. */
export class EngineSlot {
  readonly #name: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #cwd: string;
  readonly #history: History;
  #life: EngineLife | undefined;
  /** Engines whose end was asked for. */
  readonly #ended = new Set<FaultyEngine>();

  constructor(
    name: string,
    options: { env: Readonly<Record<string, string>>; cwd: string; history: History },
  ) {
    this.#name = name;
    this.#env = options.env;
    this.#cwd = options.cwd;
    this.#history = options.history;
  }

  /** Where it answers, running or not. */
  get url(): string {
    return `http://127.0.0.1:${this.#env["API_PORT"]}`;
  }

  /** Resolves when the engine that was started last runs. */
  get running(): Promise<void> | undefined {
    return this.#life?.engine.running;
  }

  /** Starts an engine, without waiting until it runs; does nothing when there is one. */
  start(): void {
    if (this.#life !== undefined) return;
    const engine = spawnFaultyEngine({ env: this.#env, cwd: this.#cwd });
    this.#life = { engine, strikes: new Map() };
    void this.#watch(this.#life);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end(async (engine) => await engine.kill());
  }

  /** SIGTERM; its exit code must be 0, or 1 when it says that it could not finish in time. */
  async stop({ mayBeForced = true } = {}): Promise<void> {
    await this.#end(async (engine) => {
      engine.signal("SIGTERM");
      const code = await within(STOP_MS_MAX, engine.exited, `${this.#name} ends after SIGTERM`);
      await engine.output.ended;
      const isForced = engine.output.records.some(({ outcome }) => outcome === "forced");
      this.#history.tell(`${this.#name} ended with ${code}${isForced ? ", forced" : ""}`);
      if (code === 0 || (code === 1 && isForced && mayBeForced)) return;
      // Signalled before its first line ran, a process ends as any does.
      if (code === SIGTERM_UNHEARD && engine.output.records.length === 0) return;
      this.#history.fail(`${this.#name} ended with code ${code} after SIGTERM`);
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#life?.engine.signal(name);
  }

  strike(child: string, fault: ThreadFault): void {
    if (this.#life === undefined) return;
    const { engine, strikes } = this.#life;
    strikes.set(child, (strikes.get(child) ?? 0) + 1);
    engine.strike(child, fault);
  }

  /** Resolves when a thread of the engine has died and its restart is announced. */
  async untilDead(child: string): Promise<void> {
    await this.#life?.engine.output.record(
      (record) => record.msg === DIED && record["child"] === child,
    );
  }

  /** The last of what the engine that runs has written. */
  tail(): readonly string[] {
    const records = this.#life?.engine.output.records.slice(-TAIL_RECORDS) ?? [];
    return records.map((record) => `${this.#name}: ${JSON.stringify(record)}`);
  }

  async #end(how: (engine: FaultyEngine) => Promise<void>): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#ended.add(life.engine);
    await how(life.engine);
    this.#life = undefined;
  }

  /** Judges a life when it is over, and begins another when it ended unasked, as a platform does. */
  async #watch(life: EngineLife): Promise<void> {
    const { engine } = life;
    const code = await engine.exited;
    await engine.output.ended;
    for (const problem of unexplained(life)) this.#history.fail(`${this.#name}: ${problem}`);
    if (this.#ended.has(engine)) return;
    this.#history.fail(`${this.#name} ended unasked, with code ${code}: ${engine.output.tail()}`);
    this.#life = undefined;
    this.start();
  }
}
