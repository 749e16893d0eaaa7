import { setImmediate as nextTurn } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";
import { BODY_BYTES_MAX } from "../../event/limits.ts";
import { beforeDeadline } from "./body-deadline.ts";
import type { HeldBytes } from "./held-bytes.ts";

/** Each chunk costs about 1 µs, however small it is. */
const BODY_CHUNKS_MAX = 1_024;
/** Less than a TCP segment has. */
const CHUNK_BYTES_MIN = 1_024;
/** 64 events of the largest size. A client that sends more may lose the response, but cannot keep the connection busy. */
const DROPPED_BYTES_MAX = 64 * BODY_BYTES_MAX;
/** More than the TCP segments of `DROPPED_BYTES_MAX`. */
const DROPPED_CHUNKS_MAX = 4 * BODY_CHUNKS_MAX;
/** Half a second's work in one turn of the loop. The runtime joins chunks that arrive before the next. */
const CHUNKS_IN_TURN_MAX = 512 * BODY_CHUNKS_MAX;

/**
 * Counts the bytes in `held`, if given: the declared length before any is read, otherwise as they arrive.
 *
 * @throws QueueFlowError `body_too_large`, `slow_body`, `too_many_bodies`; `ingest_overloaded` of `held`.
 */
export function readBody(
  request: Request,
  bytesMax: number,
  held?: HeldBytes,
): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    const bytes = Number(declared);
    if (bytes > bytesMax) throw tooLarge(`${bytesMax} bytes`, `${bytes} bytes`);
    if (held === undefined) return beforeDeadline(request.bytes(), bytes);
    held.set(bytes);
    return beforeDeadline(held.arrive(request.bytes()), 0);
  }
  if (request.body === null) return Promise.resolve(new Uint8Array());
  const reading = readChunks(request.body, bytesMax, held);
  if (held === undefined) return beforeDeadline(reading, bytesMax);
  return beforeDeadline(held.arrive(reading), 0);
}

/**
 * Reads and drops the rest of a refused body: many clients read the response only after they have sent everything, and lose it if
 * the connection is closed before. Stops at a limit and at the deadline. Returns headers for the response, which close the connection
 * if the body has not ended; never rejects.
 */
export async function dropBody(request: Request): Promise<Record<string, string>> {
  if (await isBodyDropped(request)) return {};
  await nextTurn(); // As in `postEvent`.
  return { Connection: "close" };
}

async function isBodyDropped({ body, headers }: Request): Promise<boolean> {
  if (body === null || body.locked) return true;
  if (Number(headers.get("content-length")) > DROPPED_BYTES_MAX) return false;
  const reader = body.getReader();
  try {
    return await beforeDeadline(dropChunks(reader), BODY_BYTES_MAX);
  } catch {
    return false;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function readChunks(
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
  held: HeldBytes | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const chunksMax = Math.max(BODY_CHUNKS_MAX, bytesMax / CHUNK_BYTES_MIN);
  let bytes = 0;
  const reader = body.getReader();
  try {
    if (isTurnSpent()) await nextTurn();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks);
      bytes += value.length;
      if (bytes > bytesMax) throw tooLarge(`${bytesMax} bytes`, "more");
      if (chunks.length === chunksMax) throw tooLarge(`${chunksMax} chunks`, "more");
      held?.set(bytes);
      chunks.push(value);
      if (isTurnSpent()) await nextTurn();
    }
  } finally {
    reader.releaseLock();
  }
}

async function dropChunks(
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">,
): Promise<boolean> {
  let bytes = 0;
  for (let chunks = 0; chunks < DROPPED_CHUNKS_MAX && bytes < DROPPED_BYTES_MAX; chunks += 1) {
    const { done, value } = await reader.read();
    if (done) return true;
    bytes += value.length;
    if (isTurnSpent()) await nextTurn();
  }
  return false;
}

let chunksInTurn = 0;

/** Counts a chunk, and returns whether to wait for the next turn. */
function isTurnSpent(): boolean {
  if (chunksInTurn === 0) {
    setImmediate(() => {
      chunksInTurn = 0;
    });
  }
  chunksInTurn += 1;
  return chunksInTurn > CHUNKS_IN_TURN_MAX;
}

function tooLarge(limit: string, came: string): QueueFlowError {
  return new QueueFlowError("body_too_large", `Expected a body of at most ${limit}, got ${came}`);
}
