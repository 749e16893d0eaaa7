import { within } from "./within.ts";

/** A line of the engine's log. */
export interface EngineRecord {
  readonly level: string;
  readonly time: string;
  readonly thread: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const RECORD_MS_MAX = 45_000;
const TAIL_RECORDS = 20;

interface Waiter {
  readonly matches: (record: EngineRecord) => boolean;
  readonly found: PromiseWithResolvers<EngineRecord>;
}

/** The output of an engine: log records on stdout, text on stderr. */
export class EngineOutput {
  /** Oldest first. */
  readonly records: EngineRecord[] = [];
  /** Lines of stdout that are not JSON, which a log shipper cannot parse. */
  readonly strayLines: string[] = [];
  /** Resolves at the end of both streams. */
  readonly ended: Promise<void>;
  #errors = "";
  readonly #waiters = new Set<Waiter>();
  readonly #errorWaiters = new Set<() => void>();
  #isOver = false;

  constructor(stdout: ReadableStream<Uint8Array>, stderr: ReadableStream<Uint8Array>) {
    this.ended = this.#read(stdout, stderr);
  }

  /** Stderr so far. */
  get errors(): string {
    return this.#errors;
  }

  /** Returns the first past or future record with this message, or for which the function returns true. */
  async record(wanted: string | ((record: EngineRecord) => boolean)): Promise<EngineRecord> {
    const matches = typeof wanted === "string" ? ({ msg }: EngineRecord) => msg === wanted : wanted;
    const past = this.records.find(matches);
    if (past !== undefined) return past;
    const waiter = { matches, found: Promise.withResolvers<EngineRecord>() };
    const what = () => `the engine logs ${String(wanted)}\n${this.tail()}`;
    if (this.#isOver) throw new Error(`The engine exited without logging ${String(wanted)}`);
    this.#waiters.add(waiter);
    try {
      return await within(RECORD_MS_MAX, waiter.found.promise, what);
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  /** Waits until stderr contains `text` or ends. */
  async untilErrors(text: string): Promise<"found" | "ended"> {
    while (!this.#errors.includes(text)) {
      if (this.#isOver) return "ended";
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#errorWaiters.add(resolve);
      await promise;
    }
    return "found";
  }

  /** The last output, for the error of a failed test. */
  tail(): string {
    const records = this.records.slice(-TAIL_RECORDS).map((record) => JSON.stringify(record));
    return [this.#errors.trim(), ...records, ...this.strayLines].join("\n");
  }

  async #read(stdout: ReadableStream<Uint8Array>, stderr: ReadableStream<Uint8Array>) {
    await Promise.allSettled([
      eachLine(stdout, (line) => this.#take(line)),
      eachText(stderr, (text) => {
        this.#errors += text;
        this.#wakeErrorWaiters();
      }),
    ]);
    this.#isOver = true;
    this.#wakeErrorWaiters();
    for (const { found } of this.#waiters) {
      found.reject(new Error(`The engine exited without that record:\n${this.tail()}`));
    }
  }

  #take(line: string): void {
    if (line === "") return;
    let record: EngineRecord;
    try {
      record = JSON.parse(line) as EngineRecord;
    } catch {
      this.strayLines.push(line);
      return;
    }
    this.records.push(record);
    for (const { matches, found } of this.#waiters) if (matches(record)) found.resolve(record);
  }

  #wakeErrorWaiters(): void {
    for (const wake of this.#errorWaiters) wake();
    this.#errorWaiters.clear();
  }
}

async function eachText(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) onText(decoder.decode(chunk, { stream: true }));
}

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  await eachText(stream, (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  onLine(rest);
}
