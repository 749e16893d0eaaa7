/** Per listener, beside the buffer of its socket. */
const BUFFER_BYTES_MAX = 256 * 1_024;

/** The body of one response that stays open. */
export class LiveListener {
  readonly body: ReadableStream<Uint8Array>;
  readonly client: string;
  readonly isPublic: boolean;
  /** Of the monotonic clock: when something was sent last. */
  sentAtMs = 0;
  readonly #isAdmitted: () => Promise<boolean>;
  readonly #onLeft: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(options: {
    readonly client: string;
    readonly isPublic: boolean;
    /** Whether the client may still read. */
    readonly isAdmitted: () => Promise<boolean>;
    /** Called once. */
    readonly onLeft: () => void;
  }) {
    this.client = options.client;
    this.isPublic = options.isPublic;
    this.#isAdmitted = options.isAdmitted;
    this.#onLeft = options.onLeft;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#leave(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES_MAX }),
    );
  }

  /** Ends the response of a client that has not read enough of what it was sent. */
  send(bytes: Uint8Array): void {
    if ((this.#controller?.desiredSize ?? 0) < bytes.length) this.end();
    this.sentAtMs = performance.now();
    this.#controller?.enqueue(bytes);
  }

  async endUnlessAdmitted(): Promise<void> {
    if (!(await this.#isAdmitted())) this.end();
  }

  end(): void {
    const controller = this.#controller;
    this.#leave();
    controller?.close();
  }

  #leave(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#onLeft();
  }
}
