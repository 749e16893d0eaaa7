import { describe, expect, test } from "bun:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BATCH_NDJSON_BYTES_MAX } from "../../src/event/limits.ts";
import { HELD_BYTES_MAX, HeldBytes } from "../../src/http/body/held-bytes.ts";
import { readBody } from "../../src/http/body/read-body.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const OVERLOADED = { code: "ingest_overloaded", retryable: true };
const SMALL_BYTES = 60_000;
const post = (body: ReadableStream | string, headers = {}) =>
  new Request("http://a/events", { method: "POST", body, headers });

describe("the bytes that batches hold", () => {
  test("leave room for many small ones, compressed or in chunks", async () => {
    let running = 0;
    const inflate = async () => {
      running += 1;
      expect(running).toBe(1);
      await nextTurn();
      running -= 1;
      return new Uint8Array(SMALL_BYTES);
    };
    const batches = Array.from({ length: 100 }, async () => {
      using held = new HeldBytes();
      const chunks = new Blob(["x".repeat(SMALL_BYTES)]).stream();
      await readBody(post(chunks), BATCH_NDJSON_BYTES_MAX, held);
      return (await held.replace(inflate)).length;
    });
    expect(new Set(await Promise.all(batches))).toEqual(new Set([SMALL_BYTES]));
  });

  test("refuse one beyond the limit before it is read", async () => {
    using first = new HeldBytes();
    using second = new HeldBytes();
    first.set(HELD_BYTES_MAX - SMALL_BYTES);
    const body = "x".repeat(SMALL_BYTES + 1);
    const request = post(body, { "Content-Length": String(body.length) });
    const read = async () => await readBody(request, BATCH_NDJSON_BYTES_MAX, second);
    expect(await rejectionOf(read())).toMatchObject(OVERLOADED);
    expect(request.bodyUsed).toBe(false);
    const inflate = async () => new Uint8Array(SMALL_BYTES + 1);
    expect(await rejectionOf(second.replace(inflate))).toMatchObject(OVERLOADED);
    second.set(SMALL_BYTES);
  });

  test.each([
    [
      "declared",
      (body: ReadableStream) => post(body, { "Content-Length": String(HELD_BYTES_MAX) }),
    ],
    ["arrived", (body: ReadableStream) => post(body)],
  ])("are freed from a slow sender once others need them: %s", async (_, requestOf) => {
    const bytes = HELD_BYTES_MAX - SMALL_BYTES;
    const body = new ReadableStream({ start: (sender) => sender.enqueue(new Uint8Array(bytes)) });
    using slow = new HeldBytes(performance.now() - 1_000);
    const reading = rejectionOf(readBody(requestOf(body), HELD_BYTES_MAX, slow));
    await nextTurn();
    using prompt = new HeldBytes();
    const request = post("x", { "Content-Length": "1" });
    await readBody(request, 1, prompt);
    prompt.set(SMALL_BYTES + 1);
    expect(await reading).toMatchObject({ code: "too_many_bodies", retryable: true });
    prompt.set(HELD_BYTES_MAX);
    using next = new HeldBytes();
    // The other has arrived.
    expect(() => next.set(1)).toThrow("Expected batches of at most");
  });

  test("stay with one that has just begun to arrive", async () => {
    using first = new HeldBytes();
    first.set(HELD_BYTES_MAX);
    const arrived = first.arrive(Promise.resolve(1));
    using second = new HeldBytes();
    expect(() => second.set(1)).toThrow("Expected batches of at most");
    expect(await arrived).toBe(1);
  });

  test("are free once the batch has its reply", () => {
    const held = new HeldBytes();
    held.set(HELD_BYTES_MAX);
    held[Symbol.dispose]();
    // A body that came too slowly is still being read.
    expect(() => held.set(1)).toThrow("already has its reply");
    using next = new HeldBytes();
    next.set(HELD_BYTES_MAX);
  });
});
