import { dlopen, FFIType } from "bun:ffi";

const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_DONTWAIT = 0x40;
const PR_SET_TIMERSLACK = 29;
const SCHED_FIFO = 1;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
/** A `struct epoll_event` is packed on x86-64 and nowhere else (epoll_event(3type)). */
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const EVENT_DATA_OFFSET = EVENT_BYTES - 8;

const { int, ptr, u64, i64 } = FFIType;

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: [int, int, int], returns: int },
  connect: { args: [int, ptr, int], returns: int },
  setsockopt: { args: [int, int, int, ptr, int], returns: int },
  send: { args: [int, ptr, u64, int], returns: i64 },
  recv: { args: [int, ptr, u64, int], returns: i64 },
  epoll_create1: { args: [int], returns: int },
  epoll_ctl: { args: [int, int, int, ptr], returns: int },
  epoll_pwait2: { args: [int, ptr, int, ptr, ptr], returns: int },
  sched_setscheduler: { args: [int, int, ptr], returns: int },
  prctl: { args: [int, u64, u64, u64, u64], returns: int },
});

/** Lets a wait end when it should: by default the kernel may add 50 µs (prctl(2), PR_SET_TIMERSLACK). */
export function wakeOnTime(): void {
  libc.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

/**
 * Lets this thread run as soon as it has work, as a client on another machine does: its wait for a core would count as the server's
 * latency. Without the right to it, the generator waits like any thread.
 */
export function goFirst(): void {
  libc.sched_setscheduler(0, SCHED_FIFO, new Int32Array([1]));
}

/** Opens a connection to a port of 127.0.0.1 and returns its file descriptor. */
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

/** Reads available bytes into `buffer`. Returns their number; 0 or less at the end of the connection. */
export function receive(fd: number, buffer: Uint8Array): number {
  return Number(libc.recv(fd, buffer, buffer.length, MSG_DONTWAIT));
}

/**
 * Waits on connections, identified by their index. epoll(7), because its cost depends on the ready connections only;
 * epoll_pwait2, because its timeout is in nanoseconds.
 */
export class EpollSet {
  readonly #epoll = libc.epoll_create1(0);
  readonly #bytes: Uint8Array;
  readonly #events: DataView;
  readonly #timeout = new BigInt64Array(2);

  constructor(fds: readonly number[]) {
    this.#bytes = new Uint8Array(fds.length * EVENT_BYTES);
    this.#events = new DataView(this.#bytes.buffer);
    for (const [place, fd] of fds.entries()) {
      const event = new Uint8Array(EVENT_BYTES);
      const fields = new DataView(event.buffer);
      fields.setUint32(0, EPOLLIN, true);
      fields.setUint32(EVENT_DATA_OFFSET, place, true);
      if (libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, event) !== 0) {
        throw new Error("Cannot wait on a connection");
      }
    }
  }

  /** Waits at most this many nanoseconds. Returns the number of ready connections. */
  wait(timeoutNs: number): number {
    const places = this.#bytes.length / EVENT_BYTES;
    this.#timeout[1] = BigInt(Math.max(0, Math.round(timeoutNs)));
    return Math.max(0, libc.epoll_pwait2(this.#epoll, this.#bytes, places, this.#timeout, null));
  }

  /** Returns the index of a ready connection. */
  place(ready: number): number {
    return this.#events.getUint32(ready * EVENT_BYTES + EVENT_DATA_OFFSET, true);
  }
}
