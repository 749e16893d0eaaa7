import { setImmediate as nextTurn } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";
import { beforeDeadline } from "./body-deadline.ts";

/** Each chunk costs about 1 µs, however small it is. */
const BODY_CHUNKS_MAX = 1_024;
/** Half a second's work in one turn of the loop. The runtime joins chunks that arrive before the next. */
const CHUNKS_IN_TURN_MAX = 512 * BODY_CHUNKS_MAX;

/** @throws QueueFlowError `body_too_large`, `slow_body`, `too_many_bodies`. */
export function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > bytesMax) throw tooLarge(`${bytesMax} bytes`, `${declared} bytes`);
    return beforeDeadline(request.bytes(), Number(declared));
  }
  if (request.body === null) return Promise.resolve(new Uint8Array());
  return beforeDeadline(readChunks(request.body, bytesMax), bytesMax);
}

async function readChunks(body: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (isTurnSpent()) await nextTurn();
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(`${bytesMax} bytes`, "more");
    if (chunks.length === BODY_CHUNKS_MAX) throw tooLarge(`${BODY_CHUNKS_MAX} chunks`, "more");
    chunks.push(chunk);
    if (isTurnSpent()) await nextTurn();
  }
  return Buffer.concat(chunks);
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
