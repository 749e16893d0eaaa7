import {
  type AccessDocument,
  accessDocumentShape,
  DOCUMENT_FORMAT,
} from "../../access/access-document.ts";
import { QueueFlowError } from "../../errors.ts";
import { keyBeside } from "../key-beside.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { defineScript, runScript } from "../redis/script.ts";

/** Each one means that Redis lost the mirror between two commands. */
const ATTEMPTS_MAX = 3;
/** Every engine of the newer format writes more often. */
const NEWER_FORMAT_US = 60_000_000;

/** The names of what concerns access, beside the stream. */
export function mirrorKey(stream: string): string {
  return keyBeside(stream, "access");
}

/**
 * A fence is a number greater than all before, near Redis's time in microseconds. `since` is the first one: a fence from before
 * Redis lost its data, or that it does not remember, is none.
 */
const TAKE_FENCE = defineScript(`#!lua flags=allow-oom
local last = redis.call('HGET', KEYS[1], 'fence')
local time = redis.pcall('TIME')
local nowUs = time.err == nil and time[1] * 1000000 + time[2] or 0
local fence = string.format('%.0f', math.max((tonumber(last) or 0) + 1, nowUs))
redis.call('HSET', KEYS[1], 'fence', fence)
if not last then redis.call('HSET', KEYS[1], 'since', fence) end
return fence
`);

const WRITE = defineScript(`#!lua flags=allow-oom
local since, last, written, version, format = unpack(redis.call('HMGET', KEYS[1], 'since', 'fence', 'written', 'version', 'format'))
local fence = tonumber(ARGV[1])
if not since or fence < tonumber(since) or fence > tonumber(last) then return 'forgotten' end
if written then
  if tonumber(written) > fence then return 'outrun' end
  if ARGV[5] == 'if absent' then return 'present' end
  if tonumber(format) > tonumber(ARGV[3]) and fence - tonumber(written) < ${NEWER_FORMAT_US} then return 'newer' end
end
if version == ARGV[2] then
  redis.call('HSET', KEYS[1], 'written', ARGV[1])
elseif ARGV[4] == '' then
  return 'differs'
else
  redis.call('HSET', KEYS[1], 'written', ARGV[1], 'version', ARGV[2], 'format', ARGV[3], 'document', ARGV[4])
end
return 'written'
`);

/**
 * Copies what `read` returns to Redis, for the ingest threads. Resolves once Redis has it, or what somebody has read later: a slower
 * writer never replaces newer rows by older ones. `read` returns undefined while the tables do not exist: then no key does, but an
 * existing mirror stays, since a restore may have dropped the tables for a moment.
 *
 * @throws QueueFlowError `stream_unavailable`; `schema_too_new` when an engine with a newer format writes the mirror; what `read` throws.
 */
export async function mirrorAccess(
  redis: RedisConnection,
  stream: string,
  read: () => Promise<AccessDocument | undefined>,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const fence = await takeFence(redis, stream);
    const document = await read();
    if (document !== undefined) expectKnown(document);
    const outcome = await write(redis, stream, { fence, document });
    switch (outcome) {
      case "written":
      case "outrun":
      case "present":
        return;
      case "newer":
        throw new QueueFlowError(
          "schema_too_new",
          "Redis has the keys in a newer format, which an engine wrote within the last minute: use a newer binary",
        );
      case "forgotten":
        break;
    }
  }
  throw new QueueFlowError("stream_unavailable", "Redis lost the keys while they were written");
}

/** A row that somebody wrote by hand must not make the mirror unreadable to all threads. */
function expectKnown(document: AccessDocument): void {
  const wrong = accessDocumentShape.Errors(document).First();
  if (wrong === undefined) return;
  const sentence = `The tables sites and site_keys have a value that this binary does not know, at ${wrong.path}: ${wrong.message}`;
  throw new QueueFlowError("internal", sentence);
}

async function takeFence(redis: RedisConnection, stream: string): Promise<string> {
  const call = { doing: "number a copy of the keys", keys: [mirrorKey(stream)], args: [] };
  return String(await runScript(redis, TAKE_FENCE, call));
}

const OUTCOMES = ["written", "outrun", "present", "newer", "forgotten"] as const;
type Outcome = (typeof OUTCOMES)[number];

const NONE: AccessDocument = { format: DOCUMENT_FORMAT, sites: [], keys: [] };

/** Sends the document only when Redis has another one. */
async function write(
  redis: RedisConnection,
  stream: string,
  { fence, document }: { fence: string; document: AccessDocument | undefined },
): Promise<Outcome> {
  const text = JSON.stringify(document ?? NONE);
  const version = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  const condition = document === undefined ? "if absent" : "";
  const send = async (sent: string) =>
    await runScript(redis, WRITE, {
      doing: "store the keys",
      keys: [mirrorKey(stream)],
      args: [fence, version, DOCUMENT_FORMAT, sent, condition],
    });
  const first = await send("");
  const reply = first === "differs" ? await send(text) : first;
  const outcome = OUTCOMES.find((known) => known === reply);
  if (outcome === undefined)
    throw new QueueFlowError("internal", `Unexpected reply: ${String(reply)}`);
  return outcome;
}
