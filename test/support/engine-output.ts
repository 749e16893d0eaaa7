import { within } from "./within.ts";

/** One line of the engine's log. */
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

/** What an engine has written so far: log records on standard output, text on standard error. */
export class EngineOutput {
  /** Every record so far, oldest first. */
  readonly records: EngineRecord[] = [];
  /** Lines of standard output that are no JSON; a log shipper would choke on them. */
  readonly strayLines: string[] = [];
  /** Resolves when both streams have ended. */
  readonly ended: Promise<void>;
  #errors = "";
  readonly #waiters = new Set<Waiter>();
  readonly #errorWaiters = new Set<() => void>();
  #isOver = false;

  constructor(stdout: ReadableStream<Uint8Array>, stderr: ReadableStream<Uint8Array>) {
    this.ended = this.#read(stdout, stderr);
  }

  /** All of standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  /** The first record, past or future, with this sentence or that the function takes. */
  async record(wanted: string | ((record: EngineRecord) => boolean)): Promise<EngineRecord> {
    const matches = typeof wanted === "string" ? ({ msg }: EngineRecord) => msg === wanted : wanted;
    const past = this.records.find(matches);
    if (past !== undefined) return past;
    const waiter = { matches, found: Promise.withResolvers<EngineRecord>() };
    const what = () => `the engine logs ${String(wanted)}\n${this.tail()}`;
    if (this.#isOver) throw new Error(`The engine has ended and never logged ${String(wanted)}`);
    this.#waiters.add(waiter);
    try {
      return await within(RECORD_MS_MAX, waiter.found.promise, what);
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  /** Waits until standard error has `text`, or its end. */
  async untilErrors(text: string): Promise<"said" | "ended"> {
    while (!this.#errors.includes(text)) {
      if (this.#isOver) return "ended";
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#errorWaiters.add(resolve);
      await promise;
    }
    return "said";
  }

  /** The last of all that was written, for the message of a test that fails. */
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
      found.reject(new Error(`The engine ended without that record:\n${this.tail()}`));
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
