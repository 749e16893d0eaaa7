import { dlopen, FFIType } from "bun:ffi";

const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_DONTWAIT = 0x40;
const PR_SET_TIMERSLACK = 29;
const POLLIN = 1;
/** The size of a `struct pollfd`, the same on every Linux: an int and two shorts. */
const POLLFD_BYTES = 8;

const { int, ptr, u64, i64 } = FFIType;

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: [int, int, int], returns: int },
  connect: { args: [int, ptr, int], returns: int },
  setsockopt: { args: [int, int, int, ptr, int], returns: int },
  send: { args: [int, ptr, u64, int], returns: i64 },
  recv: { args: [int, ptr, u64, int], returns: i64 },
  ppoll: { args: [ptr, u64, ptr, ptr], returns: int },
  prctl: { args: [int, u64, u64, u64, u64], returns: int },
});

/** Lets a wait end when it should: by default the kernel may add 50 µs (prctl(2), PR_SET_TIMERSLACK). */
export function wakeOnTime(): void {
  libc.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

/** Opens a connection to a port of 127.0.0.1 and answers its file descriptor. */
export function connectTo(port: number): number {
  const fd = libc.socket(AF_INET, SOCK_STREAM, 0);
  const address = new Uint8Array([
    AF_INET,
    0,
    port >> 8,
    port & 255,
    127,
    0,
    0,
    1,
    ...Array(8).fill(0),
  ]);
  if (fd < 0 || libc.connect(fd, address, address.length) !== 0) {
    throw new Error(`Cannot connect to port ${port}`);
  }
  libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, new Int32Array([1]), 4);
  return fd;
}

/** Sends all of these bytes; a request fits a socket's buffer, so that it goes at once or never. */
export function sendAll(fd: number, bytes: Uint8Array): void {
  const sent = Number(libc.send(fd, bytes, bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT));
  if (sent !== bytes.length) throw new Error(`Sent ${sent} of ${bytes.length} bytes`);
}

/** Reads what is there into `buffer` and answers how many bytes; 0 or less when the connection is over. */
export function receive(fd: number, buffer: Uint8Array): number {
  return Number(libc.recv(fd, buffer, buffer.length, MSG_DONTWAIT));
}

/** A set of connections to wait on. */
export class PollSet {
  readonly #bytes: Uint8Array;
  readonly #shorts: Int16Array;
  readonly #timeout = new BigInt64Array(2);

  constructor(fds: readonly number[]) {
    this.#bytes = new Uint8Array(fds.length * POLLFD_BYTES);
    this.#shorts = new Int16Array(this.#bytes.buffer);
    const ints = new Int32Array(this.#bytes.buffer);
    for (const [i, fd] of fds.entries()) {
      ints[2 * i] = fd;
      this.#shorts[4 * i + 2] = POLLIN;
    }
  }

  /** Waits until a connection has something to say, or for so many nanoseconds at most. */
  wait(timeoutNs: number): void {
    this.#timeout[1] = BigInt(Math.max(0, Math.round(timeoutNs)));
    libc.ppoll(this.#bytes, this.#bytes.length / POLLFD_BYTES, this.#timeout, null);
  }

  /** Whether the connection at this place has something to say: bytes, or its end. */
  isReady(place: number): boolean {
    return this.#shorts[4 * place + 3] !== 0;
  }
}
