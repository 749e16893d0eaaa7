import { VARIABLES } from "../../src/config/variables.ts";
import { childSpecs } from "../../src/supervisor/child-specs.ts";
import { type FaultyEngine, spawnFaultyEngine } from "../support/faulty-engine.ts";
import type { ThreadFault } from "../support/thread-fault.ts";
import { within } from "../support/within.ts";
import type { History } from "./history.ts";
import { Silences } from "./silences.ts";
import { THREAD_EXITED, unexplained } from "./unexplained.ts";

/** A stop takes up to 10 s, and longer on a busy machine. */
const STOP_MS_MAX = 60_000;
const KILLED_BY_SIGTERM = 128 + 15;
const TAIL_RECORDS = 40;
/** Detected by missing heartbeats. */
const HANGS: readonly ThreadFault[] = ["spin", "block"];

/** One run of an engine, from start to exit. */
export interface EngineRun {
  readonly engine: FaultyEngine;
  /** Number of faults by thread. */
  readonly strikes: Map<string, number>;
  /** The names of its threads. */
  readonly children: ReadonlySet<string>;
  /** One per fault: settles when the thread has exited, or after a timeout. */
  readonly exits: Promise<void>[];
}

/** Keeps an engine running like a service manager, and injects faults into it. */
export class EngineSlot {
  readonly #name: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #cwd: string;
  readonly #history: History;
  #run: EngineRun | undefined;
  /** Engines that were stopped on purpose. */
  readonly #ended = new Set<FaultyEngine>();
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

  /** Its address, also while it is not running. */
  get url(): string {
    return `http://127.0.0.1:${this.#env["API_PORT"]}`;
  }

  /** Whether an engine runs or is starting. */
  get isPresent(): boolean {
    return this.#run !== undefined;
  }

  /** Resolves when the last started engine runs. */
  get running(): Promise<void> | undefined {
    return this.#run?.engine.running;
  }

  /** Returns whether no fault has prevented it from responding since that time of `performance.now()`. */
  couldAnswerSince(ms: number): boolean {
    return this.#silences.overSinceMs <= ms;
  }

  /** Starts an engine with additional variables, unless there is one. Does not wait until it runs. */
  start(own: Readonly<Record<string, string>> = {}): void {
    if (this.#run !== undefined) return;
    const env = { ...this.#env, ...own };
    const engine = spawnFaultyEngine({ env, cwd: this.#cwd });
    const children = childSpecs({
      consumerWorkers: Number(env["CONSUMER_WORKERS"]),
      reportWorkers: VARIABLES.REPORT_WORKERS.fallback,
      ingestWorkers: Number(env["INGEST_WORKERS"]),
    });
    const names = new Set(children.map(({ name }) => name));
    const run = { engine, strikes: new Map(), children: names, exits: [] };
    this.#run = run;
    engine.running.then(
      () => this.#isCurrent(run) && this.#silences.end("away"),
      () => undefined, // It exited first.
    );
    void this.#watch(run);
  }

  /** Sends SIGKILL; resolves when it has exited. */
  async kill(): Promise<void> {
    await this.#end(async (engine) => await engine.kill());
  }

  /** Sends SIGTERM. The exit code must be 0, or 1 when it logs that it could not finish in time. */
  async stop({ mayBeForced = true } = {}): Promise<void> {
    await this.#end(async (engine) => {
      engine.signal("SIGTERM");
      const code = await within(STOP_MS_MAX, engine.exited, `${this.#name} exits after SIGTERM`);
      await engine.output.ended;
      const isForced = engine.output.records.some(({ outcome }) => outcome === "forced");
      this.#history.note(`${this.#name} exited with ${code}${isForced ? ", forced" : ""}`);
      if (code === 0 || (code === 1 && isForced && mayBeForced)) return;
      // The signal came before its first line ran.
      if (code === KILLED_BY_SIGTERM && engine.output.records.length === 0) return;
      this.#history.fail(`${this.#name} exited with ${code} after SIGTERM`);
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#run?.engine.signal(name);
  }

  suspend(): void {
    this.#silences.begin("suspended");
    this.signal("SIGSTOP");
  }

  resume(): void {
    this.signal("SIGCONT");
    this.#silences.end("suspended");
  }

  /** Makes a thread fail, if the engine has it. Unless the engine stops, it must log that the thread exited. */
  strike(child: string, fault: ThreadFault): void {
    const run = this.#run;
    if (run === undefined || !run.children.has(child)) return;
    const { engine, strikes } = run;
    strikes.set(child, (strikes.get(child) ?? 0) + 1);
    const exited = nextExit(engine, child);
    engine.strike(child, fault);
    const silence = `${child} hangs`;
    const isSilent = HANGS.includes(fault) && child.startsWith("ingest");
    if (isSilent) this.#silences.begin(silence);
    const exit = exited
      .catch(() => {
        if (this.#isCurrent(run)) this.#history.fail(`${child} was not restarted after ${fault}`);
      })
      .finally(() => {
        if (isSilent) this.#silences.end(silence);
      });
    run.exits.push(exit);
  }

  /** Resolves when every thread with a fault has exited, or after a timeout. */
  async untilStruckHaveFailed(): Promise<void> {
    await Promise.all(this.#run?.exits ?? []);
  }

  /** Resolves when the engine has logged that it restarts the thread. */
  async untilFailed(child: string): Promise<void> {
    await this.#run?.engine.output.record(
      (record) => record.msg === THREAD_EXITED && record["child"] === child,
    );
  }

  /** Returns the last records of the running engine. */
  tail(): readonly string[] {
    const records = this.#run?.engine.output.records.slice(-TAIL_RECORDS) ?? [];
    return records.map((record) => `${this.#name}: ${JSON.stringify(record)}`);
  }

  async #end(how: (engine: FaultyEngine) => Promise<void>): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    this.#ended.add(run.engine);
    this.#silences.begin("away");
    await how(run.engine);
    this.#run = undefined;
  }

  /** Returns whether this run has not been stopped. */
  #isCurrent(run: EngineRun): boolean {
    return this.#run === run && !this.#ended.has(run.engine);
  }

  /** Checks the output of a run at its end, and starts another if the engine exited by itself. */
  async #watch(run: EngineRun): Promise<void> {
    const { engine } = run;
    const code = await engine.exited;
    await engine.output.ended;
    for (const problem of unexplained(run)) this.#history.fail(`${this.#name}: ${problem}`);
    if (this.#ended.has(engine)) return;
    this.#silences.begin("away");
    this.#history.fail(
      `${this.#name} exited unexpectedly with code ${code}: ${engine.output.tail()}`,
    );
    this.#run = undefined;
    this.start();
  }
}

/** Resolves at the next exit of a thread; rejects after a timeout, or when the engine exits. */
async function nextExit({ output }: FaultyEngine, child: string): Promise<void> {
  const past = output.records.length;
  await output.record(
    (record) =>
      record.msg === THREAD_EXITED &&
      record["child"] === child &&
      output.records.indexOf(record, past) !== -1,
  );
}
