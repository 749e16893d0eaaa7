import { expect, test } from "bun:test";
import fc from "fast-check";
import { ReplyReader } from "../../src/stream/redis/reply-reader.ts";
import { encodeCommand, type Reply, ReplyError } from "../../src/stream/redis/resp.ts";

const REPLIES: readonly (readonly [string, Reply])[] = [
  ["+OK\r\n", "OK"],
  ["$5\r\nthree\r\n", "three"],
  ["$0\r\n\r\n", ""],
  ["$6\r\na\r\nb\r\n\r\n", "a\r\nb\r\n"],
  ["$2\r\né\r\n", "é"],
  ["$-1\r\n", null],
  [":42\r\n", 42],
  [":-1\r\n", -1],
  ["*-1\r\n", null],
  ["*0\r\n", []],
  ["*2\r\n*2\r\n$1\r\na\r\n:7\r\n*1\r\n$-1\r\n", [["a", 7], [null]]],
  ["*2\r\n$6\r\nKöln\n\r\n+OK\r\n", ["Köln\n", "OK"]],
  [
    "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    new ReplyError("OOM command not allowed when used memory > 'maxmemory'."),
  ],
];

/** What a reader answers to bytes that come in these pieces. */
function repliesIn(pieces: readonly Buffer[]): readonly Reply[] {
  const reader = new ReplyReader();
  const replies: Reply[] = [];
  for (const piece of pieces) {
    reader.add(piece);
    for (let reply = reader.next(); reply !== undefined; reply = reader.next()) replies.push(reply);
  }
  return replies;
}

test.each(REPLIES)("ReplyReader reads %j", (text, reply) => {
  const bytes = Buffer.from(`+before\r\n${text}+after\r\n`);
  expect(repliesIn([bytes])).toEqual(["before", reply, "after"]);
});

test("ReplyReader reads the same when replies come in any pieces", () => {
  const whole = Buffer.from(REPLIES.map(([text]) => text).join(""));
  const replies = REPLIES.map(([, reply]) => reply);
  const cuts = fc.array(fc.nat(whole.length), { maxLength: 60 });
  fc.assert(
    fc.property(cuts, (places) => {
      const ends = [...places.toSorted((a, b) => a - b), whole.length];
      const pieces = ends.map((end, i) => whole.subarray(ends[i - 1] ?? 0, end));
      expect(repliesIn(pieces)).toEqual(replies);
    }),
  );
  expect(repliesIn(Array.from(whole, (byte) => Buffer.from([byte])))).toEqual(replies);
});

test("ReplyReader reads what lists hold when they are like those before them, but for some bytes", () => {
  const text = fc.constantFrom(
    "timestamp",
    "timestamq",
    "timestam\u00e9",
    "time",
    "",
    "\u00e9",
    "\u00c3\u00a9",
    "e",
  );
  const entries = fc.array(fc.tuple(text, fc.array(text, { maxLength: 4 })), { maxLength: 8 });
  const bulk = (value: string) => `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  const list = (items: readonly string[]) => `*${items.length}\r\n${items.join("")}`;
  fc.assert(
    fc.property(entries, (sent) => {
      const reply = list(sent.map(([id, fields]) => list([bulk(id), list(fields.map(bulk))])));
      expect(repliesIn([Buffer.from(reply)])).toEqual([sent]);
    }),
  );
});

test("ReplyReader answers nothing for every reply that has not come whole", () => {
  for (const [text] of REPLIES) {
    const whole = Buffer.from(text);
    for (let bytes = 0; bytes < whole.length; bytes += 1) {
      expect(repliesIn([whole.subarray(0, bytes)])).toEqual([]);
    }
  }
});

test.each([
  "%1\r\n",
  "yes\r\n",
  ":x\r\n",
  ":\r\n",
  "$x\r\n",
  "$-2\r\n",
  "*-2\r\n",
  "$-\r\n",
  "$1234567890\r\n",
  "$1\r\nab\r\n",
  "\r\n",
])("ReplyReader throws when %j comes, which no command here answers", (text) => {
  expect(() => repliesIn([Buffer.from(text)])).toThrow("Expected a reply of Redis, got");
});

test("ReplyReader throws when a line has no end", () => {
  expect(() => repliesIn([Buffer.alloc(70_000, "+")])).toThrow("Expected a reply of Redis");
});

test("encodeCommand counts bytes, not characters, whatever the arguments are", () => {
  expect(encodeCommand(["EVALSHA", 1, "é"])).toBe("*3\r\n$7\r\nEVALSHA\r\n$1\r\n1\r\n$2\r\né\r\n");
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(text, (arg) => {
      expect(repliesIn([Buffer.from(encodeCommand([arg]))])).toEqual([[arg]]);
    }),
  );
});
