import { setImmediate as nextTurn } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";
import { BODY_BYTES_MAX, BODY_CHUNKS_MAX } from "../../event/limits.ts";
import { beforeDeadline } from "./body-deadline.ts";
import { isIdentityEncoding, isJsonType } from "./media-type.ts";

/**
 * Chunks of all bodies that are read in one turn of the loop, which takes half a second. Further bodies wait for the next turn: the
 * runtime joins the chunks that arrive meanwhile, so that those of thousands of connections cost no more than their bytes.
 */
const CHUNKS_IN_TURN_MAX = 512 * BODY_CHUNKS_MAX;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Refuses a body that is announced as something else than JSON.
 *
 * @throws QueueFlowError `unsupported_media_type`.
 */
export function expectJson({ headers }: Request): void {
  const contentType = headers.get("content-type");
  if (contentType !== "application/json" && !isJsonType(contentType ?? "")) {
    throw unsupported(
      `Expected Content-Type to be application/json in UTF-8, got ${describeValue(contentType ?? undefined)}`,
    );
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && !isIdentityEncoding(encoding)) {
    throw unsupported(`Expected no Content-Encoding, got ${describeValue(encoding)}`);
  }
}

/**
 * Reads a body of at most `BODY_BYTES_MAX` bytes in at most `BODY_CHUNKS_MAX` chunks. A declared length over the limit is refused
 * before a byte is read.
 *
 * @throws QueueFlowError `body_too_large`, `slow_body`, `too_many_bodies`.
 */
export function readBody(request: Request): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > BODY_BYTES_MAX) throw tooLarge(`${declared} bytes`);
    return beforeDeadline(request.bytes(), Number(declared));
  }
  if (request.body !== null) return beforeDeadline(readChunks(request.body), BODY_BYTES_MAX);
  return Promise.resolve(new Uint8Array());
}

/**
 * Reads a body as a JSON object.
 *
 * @throws QueueFlowError `invalid_json`, `not_an_object`.
 */
export function parseJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parseJson(bytes);
  if (isObject(value)) return value;
  throw new QueueFlowError(
    "not_an_object",
    `Expected the body to be a JSON object, got ${describeValue(value)}`,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unsupported(message: string): QueueFlowError {
  return new QueueFlowError("unsupported_media_type", message);
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) {
    throw new QueueFlowError("invalid_json", "Expected the body to be a JSON object, got nothing");
  }
  let text: string;
  try {
    // Without `fatal`, invalid bytes would silently become U+FFFD and distinct users one.
    text = utf8.decode(bytes);
  } catch (error) {
    throw new QueueFlowError("invalid_json", "Expected the body to be UTF-8, got other bytes", {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new QueueFlowError(
      "invalid_json",
      `Expected the body to be JSON, got ${describeValue(text)}`,
      { cause: error },
    );
  }
}

function tooLarge(came: string): QueueFlowError {
  return new QueueFlowError(
    "body_too_large",
    `Expected a body of at most ${BODY_BYTES_MAX} bytes, got ${came}`,
  );
}

function tooManyChunks(): QueueFlowError {
  return new QueueFlowError(
    "body_too_large",
    `Expected a body of at most ${BODY_CHUNKS_MAX} chunks, got more`,
  );
}

async function readChunks(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (isTurnSpent()) await nextTurn();
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw tooLarge("more");
    if (chunks.length === BODY_CHUNKS_MAX) throw tooManyChunks();
    chunks.push(chunk);
    if (isTurnSpent()) await nextTurn();
  }
  return Buffer.concat(chunks);
}

let chunksInTurn = 0;

/** Counts a chunk, and returns whether this turn of the loop has read as many as it may. */
function isTurnSpent(): boolean {
  if (chunksInTurn === 0) {
    setImmediate(() => {
      chunksInTurn = 0;
    });
  }
  chunksInTurn += 1;
  return chunksInTurn > CHUNKS_IN_TURN_MAX;
}
