import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type AccessDocument, DOCUMENT_FORMAT } from "../../../src/access/access-document.ts";
import { mintKey } from "../../../src/access/key.ts";
import { moveNotedUse, noteUse } from "../../../src/stream/access/key-use.ts";
import { mirrorAccess, mirrorKey } from "../../../src/stream/access/mirror.ts";
import { readMirror, readMirrorHead } from "../../../src/stream/access/read-mirror.ts";
import { rejectionOf } from "../../support/rejection-of.ts";
import { useTestRedis } from "../../support/test-stream.ts";

const here = useTestRedis();

let stream = "";
beforeEach(() => {
  stream = here.streamKey();
});
afterEach(async () => void (await here.redis.del(mirrorKey(stream))));

/** Returns a document with one key, which tells it from others. */
function documentOf(keyId: string): AccessDocument {
  const { hash } = mintKey("write");
  const times = { expiresAtMs: null, revokedAtMs: null };
  const key = { keyId, kind: "write" as const, siteId: "shop.example", hash, ...times, limits: {} };
  return { format: DOCUMENT_FORMAT, sites: [], keys: [key] };
}

async function write(document: AccessDocument | undefined): Promise<void> {
  await mirrorAccess(here.redis, stream, async () => document);
}

async function mirrored(): Promise<readonly string[] | undefined> {
  const mirror = await readMirror(here.redis, stream);
  return mirror?.document?.keys.map(({ keyId }) => keyId);
}

/** Starts a write that has read `document`, and finishes it when the returned function is called. */
async function slowWrite(document: AccessDocument): Promise<() => Promise<void>> {
  const reading = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<AccessDocument>();
  const written = mirrorAccess(here.redis, stream, async () => {
    reading.resolve();
    return await finish.promise;
  });
  await reading.promise;
  return async () => {
    finish.resolve(document);
    await written;
  };
}

describe("the mirror", () => {
  test("is absent before the first write", async () => {
    expect(await readMirror(here.redis, stream)).toBeUndefined();
    expect(await readMirrorHead(here.redis, stream)).toBeUndefined();
  });

  test("returns what was written", async () => {
    const document = documentOf("one");
    await write(document);
    const mirror = await readMirror(here.redis, stream);
    expect(mirror?.document).toEqual(document);
    expect(await readMirrorHead(here.redis, stream)).toEqual({
      fence: mirror?.fence ?? 0,
      version: mirror?.version ?? "",
    });
  });

  test("keeps its version while the rows are the same", async () => {
    const document = documentOf("one");
    await write(document);
    const before = await readMirrorHead(here.redis, stream);
    await write(structuredClone(document));
    const after = await readMirrorHead(here.redis, stream);
    expect(after?.version).toBe(before?.version ?? "");
    expect(after?.fence).toBeGreaterThan(before?.fence ?? Number.POSITIVE_INFINITY);
    await write(documentOf("two"));
    expect((await readMirrorHead(here.redis, stream))?.version).not.toBe(before?.version ?? "");
  });

  test("is not replaced by a slower writer with older rows", async () => {
    const finish = await slowWrite(documentOf("older"));
    await write(documentOf("newer"));
    await finish();
    expect(await mirrored()).toEqual(["newer"]);
  });

  test("follows a database that was restored to older rows", async () => {
    const older = documentOf("older");
    await write(older);
    await write(documentOf("newer"));
    await write(older);
    expect(await mirrored()).toEqual(["older"]);
  });

  test("is written again when Redis lost it meanwhile", async () => {
    const reads: string[] = [];
    await mirrorAccess(here.redis, stream, async () => {
      reads.push("read");
      if (reads.length === 1) await here.redis.del(mirrorKey(stream));
      return documentOf(`after ${reads.length}`);
    });
    expect(await mirrored()).toEqual(["after 2"]);
  });

  test("is read again by a writer from before Redis lost it", async () => {
    let reads = 0;
    await mirrorAccess(here.redis, stream, async () => {
      reads += 1;
      if (reads > 1) return documentOf("read again");
      await here.redis.del(mirrorKey(stream));
      await write(documentOf("newer"));
      return documentOf("older");
    });
    expect(await mirrored()).toEqual(["read again"]);
  });

  test("is not replaced by a writer that an older copy of Redis forgot", async () => {
    await write(documentOf("first"));
    const copy = await here.redis.hgetall(mirrorKey(stream));
    let reads = 0;
    await mirrorAccess(here.redis, stream, async () => {
      reads += 1;
      if (reads === 1) {
        await here.redis.del(mirrorKey(stream));
        await here.redis.hset(mirrorKey(stream), copy);
      }
      return documentOf(`read ${reads}`);
    });
    expect(await mirrored()).toEqual(["read 2"]);
  });

  test("fails when Redis keeps losing it", async () => {
    const failed = rejectionOf(
      mirrorAccess(here.redis, stream, async () => {
        await here.redis.del(mirrorKey(stream));
        return documentOf("lost");
      }),
    );
    expect(await failed).toMatchObject({ code: "stream_unavailable" });
  });
});

describe("without tables", () => {
  test("an absent mirror becomes an empty one", async () => {
    await write(undefined);
    expect(await mirrored()).toEqual([]);
  });

  test("a mirror stays as it is", async () => {
    await write(documentOf("one"));
    await write(undefined);
    expect(await mirrored()).toEqual(["one"]);
  });
});

describe("a newer format", () => {
  const writeNewer = async () => {
    await write(documentOf("one"));
    const document = JSON.stringify({ format: DOCUMENT_FORMAT + 1, keys: "elsewhere" });
    const fields = { format: DOCUMENT_FORMAT + 1, version: "newer", document };
    await here.redis.hset(mirrorKey(stream), fields);
  };

  test("reads as a mirror without a document", async () => {
    await writeNewer();
    expect(await readMirror(here.redis, stream)).toMatchObject({
      version: "newer",
      document: undefined,
    });
  });

  test("is not replaced while newer engines write it", async () => {
    await writeNewer();
    expect(await rejectionOf(write(documentOf("two")))).toMatchObject({ code: "schema_too_new" });
    expect((await readMirror(here.redis, stream))?.version).toBe("newer");
  });

  test("is replaced once none has written for a while", async () => {
    await writeNewer();
    const written = await here.redis.hget(mirrorKey(stream), "written");
    await here.redis.hset(mirrorKey(stream), "written", Number(written) - 61_000_000);
    await write(documentOf("two"));
    expect(await mirrored()).toEqual(["two"]);
  });
});

test("a row with an unknown kind leaves the mirror as it is", async () => {
  await write(documentOf("one"));
  const wrong = structuredClone(documentOf("two"));
  Object.assign(wrong.keys[0] ?? {}, { kind: "master" });
  expect(await rejectionOf(write(wrong))).toMatchObject({
    code: "internal",
    message: expect.stringContaining("/keys/0/kind"),
  });
  expect(await mirrored()).toEqual(["one"]);
});

test("writers at a time never lose a change that one has written", async () => {
  let row = 0;
  const change = async () => {
    for (let times = 1; times <= 50; times += 1) {
      row += 1;
      const mine = row;
      await mirrorAccess(here.redis, stream, async () => {
        const read = documentOf(String(row));
        // As a slow connection to PostgreSQL.
        for (let turns = Math.random() * 20; turns > 0; turns -= 1) await nextTurn();
        return read;
      });
      const [keyId] = (await mirrored()) ?? [];
      expect(Number(keyId)).toBeGreaterThanOrEqual(mine);
    }
  };
  await Promise.all([change(), change(), change()]);
});

describe("the use of keys", () => {
  const [eight, nine] = ["2027-01-01T08:00:00.000Z", "2027-01-01T09:00:00.000Z"] as const;
  const moved = async (during?: () => Promise<void>) => {
    const stored: [string, string][] = [];
    await moveNotedUse(here.redis, stream, async (hours) => {
      stored.push(...hours);
      await during?.();
    });
    return stored;
  };

  test("is moved once", async () => {
    await noteUse(here.redis, stream, new Map());
    await noteUse(here.redis, stream, new Map([["a", eight]]));
    await noteUse(
      here.redis,
      stream,
      new Map([
        ["a", nine],
        ["b", eight],
      ]),
    );
    expect(new Map(await moved())).toEqual(
      new Map([
        ["a", nine],
        ["b", eight],
      ]),
    );
    expect(await moved()).toEqual([]);
  });

  test("keeps what is noted while it is moved", async () => {
    await noteUse(here.redis, stream, new Map([["a", eight]]));
    await moved(async () => await noteUse(here.redis, stream, new Map([["a", nine]])));
    expect(await moved()).toEqual([["a", nine]]);
  });

  test("stays when it could not be stored", async () => {
    await noteUse(here.redis, stream, new Map([["a", eight]]));
    await rejectionOf(
      moveNotedUse(here.redis, stream, async () => {
        throw new Error("PostgreSQL is away");
      }),
    );
    expect(await moved()).toEqual([["a", eight]]);
  });
});
