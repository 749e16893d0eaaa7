import { Type } from "@sinclair/typebox";
import { type AccessDocument, accessDocumentShape } from "../../access/access-document.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { mirrorKey } from "./mirror.ts";

export interface MirrorHead {
  /** Of the last writer; greater with each. */
  readonly fence: number;
  /** Differs when the document does. */
  readonly version: string;
}

export interface Mirror extends MirrorHead {
  /** Undefined in a format that this binary does not know. */
  readonly document: AccessDocument | undefined;
}

const optionalText = Type.Union([Type.String(), Type.Null()]);
const headReply = replySchema(Type.Tuple([optionalText, optionalText]));
const mirrorReply = replySchema(Type.Tuple([optionalText, optionalText, optionalText]));

/** Returns undefined while Redis has no mirror. */
export async function readMirrorHead(
  redis: RedisConnection,
  stream: string,
): Promise<MirrorHead | undefined> {
  const reading = redis.hmget(mirrorKey(stream), "written", "version");
  const [written, version] = headReply(await redisCall(redis, "read the keys", reading));
  return written === null || version === null ? undefined : { fence: Number(written), version };
}

/** Returns undefined while Redis has no mirror. */
export async function readMirror(
  redis: RedisConnection,
  stream: string,
): Promise<Mirror | undefined> {
  const reading = redis.hmget(mirrorKey(stream), "written", "version", "document");
  const [written, version, text] = mirrorReply(await redisCall(redis, "read the keys", reading));
  if (written === null || version === null || text === null) return undefined;
  return { fence: Number(written), version, document: parseDocument(text) };
}

function parseDocument(text: string): AccessDocument | undefined {
  const document: unknown = JSON.parse(text);
  return accessDocumentShape.Check(document) ? document : undefined;
}
