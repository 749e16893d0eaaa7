import { childSpecs } from "../../src/supervisor/child-specs.ts";
import { type FaultyEngine, spawnFaultyEngine } from "../support/faulty-engine.ts";
import type { ThreadFault } from "../support/thread-fault.ts";
import { within } from "../support/within.ts";
import type { History } from "./history.ts";
import { Silences } from "./silences.ts";
import { DIED, unexplained } from "./unexplained.ts";

/** A stop has 10 s, and a machine that does much else may take longer. */
const STOP_MS_MAX = 60_000;
const SIGTERM_UNHEARD = 128 + 15;
const TAIL_RECORDS = 40;
/** Threads that only hang are found by their missing heartbeats. */
const HANGS: readonly ThreadFault[] = ["spin", "block"];

/** One life of an engine, from its start to its end. */
export interface EngineLife {
  readonly engine: FaultyEngine;
  /** How often each thread was told to fail. */
  readonly strikes: Map<string, number>;
  /** The names of its threads. */
  readonly children: ReadonlySet<string>;
  /** One for each strike: settles when the thread is found dead, or in vain. */
  readonly deaths: Promise<void>[];
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
  /** What keeps it from answering, as far as faults do. */
  readonly #silences = new Silences();

  constructor(
    name: string,
    options: { env: Readonly<Record<string, string>>; cwd: string; history: History },
  ) {
    this.#name = name;
    this.#env = options.env;
    this.#cwd = options.cwd;
    this.#history = options.history;
    this.#silences.begin("away");
  }

  /** Where it answers, running or not. */
  get url(): string {
    return `http://127.0.0.1:${this.#env["API_PORT"]}`;
  }

  /** Whether there is an engine, running or about to. */
  get isThere(): boolean {
    return this.#life !== undefined;
  }

  /** Resolves when the engine that was started last runs. */
  get running(): Promise<void> | undefined {
    return this.#life?.engine.running;
  }

  /** Whether no fault has kept it from answering since that moment, on the clock of `performance.now()`. */
  couldAnswerSince(ms: number): boolean {
    return this.#silences.overSinceMs <= ms;
  }

  /**
   * Starts an engine, with an environment of its own, without waiting until it runs; does nothing when
   * there is one.
   */
  start(own: Readonly<Record<string, string>> = {}): void {
    if (this.#life !== undefined) return;
    const env = { ...this.#env, ...own };
    const engine = spawnFaultyEngine({ env, cwd: this.#cwd });
    const children = childSpecs({
      consumerWorkers: Number(env["CONSUMER_WORKERS"]),
      ingestWorkers: Number(env["INGEST_WORKERS"]),
    });
    const names = new Set(children.map(({ name }) => name));
    const life = { engine, strikes: new Map(), children: names, deaths: [] };
    this.#life = life;
    engine.running.then(
      () => this.#isCurrent(life) && this.#silences.end("away"),
      () => undefined, // It was ended before.
    );
    void this.#watch(life);
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

  suspend(): void {
    this.#silences.begin("suspended");
    this.signal("SIGSTOP");
  }

  resume(): void {
    this.signal("SIGCONT");
    this.#silences.end("suspended");
  }

  /** Lets a thread meet with a fault, if the engine has it; unless the engine ends, it must be found dead then. */
  strike(child: string, fault: ThreadFault): void {
    const life = this.#life;
    if (life === undefined || !life.children.has(child)) return;
    const { engine, strikes } = life;
    strikes.set(child, (strikes.get(child) ?? 0) + 1);
    const died = nextDeath(engine, child);
    engine.strike(child, fault);
    const silence = `${child} hangs`;
    const isSilent = HANGS.includes(fault) && child.startsWith("ingest");
    if (isSilent) this.#silences.begin(silence);
    const death = died
      .catch(() => {
        if (this.#isCurrent(life))
          this.#history.fail(`${child} shall ${fault} and is not restarted`);
      })
      .finally(() => {
        if (isSilent) this.#silences.end(silence);
      });
    life.deaths.push(death);
  }

  /** Resolves when every thread that shall fail has been found dead, those that hang too, or the wait is over. */
  async untilStruckAreDead(): Promise<void> {
    await Promise.all(this.#life?.deaths ?? []);
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
    this.#silences.begin("away");
    await how(life.engine);
    this.#life = undefined;
  }

  /** Whether it is the life that there is, and its end was not asked for. */
  #isCurrent(life: EngineLife): boolean {
    return this.#life === life && !this.#ended.has(life.engine);
  }

  /** Judges a life when it is over, and begins another when it ended unasked, as a platform does. */
  async #watch(life: EngineLife): Promise<void> {
    const { engine } = life;
    const code = await engine.exited;
    await engine.output.ended;
    for (const problem of unexplained(life)) this.#history.fail(`${this.#name}: ${problem}`);
    if (this.#ended.has(engine)) return;
    this.#silences.begin("away");
    this.#history.fail(`${this.#name} ended unasked, with code ${code}: ${engine.output.tail()}`);
    this.#life = undefined;
    this.start();
  }
}

/** Resolves when a thread is said to have died from now on; rejects after a long wait, and when the engine ends. */
async function nextDeath({ output }: FaultyEngine, child: string): Promise<void> {
  const past = output.records.length;
  await output.record(
    (record) =>
      record.msg === DIED &&
      record["child"] === child &&
      output.records.indexOf(record, past) !== -1,
  );
}
