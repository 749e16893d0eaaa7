import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { AccessDocument } from "../../../src/access/access-document.ts";
import { AccessView } from "../../../src/stream/access/access-view.ts";
import { moveNotedUse } from "../../../src/stream/access/key-use.ts";
import { readKeyless } from "../../../src/stream/access/keyless.ts";
import { mirrorAccess, mirrorKey } from "../../../src/stream/access/mirror.ts";
import { accessDocument, sampleKey } from "../../support/access-document.ts";
import { eventually } from "../../support/eventually.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { useTestRedis } from "../../support/test-stream.ts";

const here = useTestRedis();

let stream = "";
beforeEach(() => {
  stream = here.streamKey();
});
afterEach(async () => void (await here.redis.del(mirrorKey(stream))));

function openView(documents: AccessDocument[] = []) {
  const { log, records } = recordingLog();
  const onDocument = (document: AccessDocument) => void documents.push(document);
  const view = new AccessView(here.redis, { stream, isAllClosed: false, log, onDocument });
  return { view, records };
}

/** Writes a mirror with one key more than the last one. Returns it. */
const keys = [sampleKey("write").key];
async function write(): Promise<AccessDocument> {
  keys.push(sampleKey("write").key);
  const document = accessDocument(keys);
  await mirrorAccess(here.redis, stream, async () => document);
  return document;
}

/** Returns how many keys are in force, or what is known instead. */
async function refreshed(view: AccessView): Promise<number | "open" | "unknown"> {
  const access = await view.refresh();
  return access.kind === "rules" ? access.keys.size : access.kind;
}

describe("a thread", () => {
  test("knows nothing until there is a mirror, then follows it", async () => {
    const documents: AccessDocument[] = [];
    const { view } = openView(documents);
    expect(view.current()).toEqual({ kind: "unknown" });
    expect(await refreshed(view)).toBe("unknown");
    const first = await write();
    expect(await refreshed(view)).toBe(first.keys.length);
    expect(await refreshed(view)).toBe(first.keys.length);
    const second = await write();
    expect(await refreshed(view)).toBe(second.keys.length);
    expect(documents).toEqual([first, second]);
  });

  test("goes on with what it knows when Redis has lost the mirror", async () => {
    const { view } = openView();
    const first = await write();
    await refreshed(view);
    await here.redis.del(mirrorKey(stream));
    expect(await refreshed(view)).toBe(first.keys.length);
    const second = await write();
    expect(await refreshed(view)).toBe(second.keys.length);
  });

  test("takes an older copy of Redis only once it is written again", async () => {
    const { view } = openView();
    const older = await write();
    const copy = await here.redis.hgetall(mirrorKey(stream));
    const newer = await write();
    expect(await refreshed(view)).toBe(newer.keys.length);
    await here.redis.hset(mirrorKey(stream), copy);
    for (let times = 1; times <= 3; times += 1) {
      expect(await refreshed(view)).toBe(newer.keys.length);
    }
    // A restored PostgreSQL has the older keys, and the clock of this Redis is behind.
    await here.redis.hset(mirrorKey(stream), "written", Number(copy["written"]) - 1);
    expect(await refreshed(view)).toBe(older.keys.length);
  });

  test("refuses what it cannot read in a newer format", async () => {
    const { view, records } = openView();
    await write();
    await refreshed(view);
    const version = { version: "newer", document: JSON.stringify({ format: 2 }) };
    await here.redis.hset(mirrorKey(stream), version);
    expect(await refreshed(view)).toBe("unknown");
    expect(await refreshed(view)).toBe("unknown");
    expect(records.map(({ level }) => level)).toEqual(["error"]);
    const again = await write();
    expect(await refreshed(view)).toBe(again.keys.length);
    expect(records.at(-1)?.sentence).toBe("Sites and keys can be read again");
  });

  test("says once that it cannot read the mirror", async () => {
    const { view, records } = openView();
    const known = await write();
    await refreshed(view);
    await here.redis.del(mirrorKey(stream));
    await here.redis.set(mirrorKey(stream), "not a hash");
    expect(await refreshed(view)).toBe(known.keys.length);
    expect(await refreshed(view)).toBe(known.keys.length);
    expect(records.map(({ sentence }) => sentence)).toEqual([
      "Sites and keys could not be read, retrying",
    ]);
  });
});

test("a running thread notes who used which key and who had none", async () => {
  const { view } = openView();
  const stopping = new AbortController();
  const running = view.run(stopping.signal);
  for (let times = 1; times <= 3; times += 1) {
    view.noteUse("key");
    view.noteKeyless("shop.example", "curl/8.5.0 (x86_64)");
    view.noteKeyless("shop.example", null);
  }
  const noted: string[] = [];
  await eventually(async () => {
    await moveNotedUse(here.redis, stream, async (hours) => void noted.push(...hours.keys()));
    expect(noted).toEqual(["key"]);
    const seen = await readKeyless(here.redis, stream);
    expect(new Set(seen.map(({ siteId, agent }) => `${siteId} ${agent}`))).toEqual(
      new Set(["shop.example ", "shop.example curl/8.5.0"]),
    );
  });
  stopping.abort();
  await running;
});
