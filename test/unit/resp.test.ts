import { expect, test } from "bun:test";
import fc from "fast-check";
import { encodeCommand, type Reply, ReplyError, readReply } from "../../src/stream/resp.ts";

const REPLIES: readonly (readonly [string, Reply])[] = [
  ["+OK\r\n", "OK"],
  ["$5\r\nthree\r\n", "three"],
  ["$0\r\n\r\n", ""],
  ["$6\r\na\r\nb\r\n\r\n", "a\r\nb\r\n"],
  ["$2\r\né\r\n", "é"],
  ["$-1\r\n", null],
  [":42\r\n", 42],
  [":-1\r\n", -1],
  [
    "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    new ReplyError("OOM command not allowed when used memory > 'maxmemory'."),
  ],
];

test.each(REPLIES)("readReply reads %j", (text, reply) => {
  const bytes = Buffer.from(`+before\r\n${text}+after\r\n`);
  const start = "+before\r\n".length;
  const read = readReply(bytes, start);
  expect(read).toEqual({ reply, end: start + Buffer.byteLength(text) });
});

test("readReply answers undefined for every reply that has not come whole", () => {
  for (const [text] of REPLIES) {
    const whole = Buffer.from(text);
    for (let bytes = 0; bytes < whole.length; bytes += 1) {
      expect(readReply(whole.subarray(0, bytes), 0)).toBeUndefined();
    }
  }
});

test.each(["*0\r\n", "%1\r\n", "yes\r\n", ":x\r\n", "$x\r\n", "$-2\r\n", "$123456\r\n", "\r\n"])(
  "readReply throws when %j comes, which no script here answers",
  (text) => {
    expect(() => readReply(Buffer.from(text), 0)).toThrow("Expected a reply of Redis, got");
  },
);

test("readReply throws when a line has no end", () => {
  expect(() => readReply(Buffer.alloc(70_000, "+"), 0)).toThrow("Expected a reply of Redis");
});

test("encodeCommand counts bytes, not characters, whatever the arguments are", () => {
  expect(encodeCommand(["EVALSHA", 1, "é"])).toBe("*3\r\n$7\r\nEVALSHA\r\n$1\r\n1\r\n$2\r\né\r\n");
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(text, (arg) => {
      const bytes = Buffer.from(encodeCommand([arg]));
      expect(readReply(bytes, "*1\r\n".length)).toEqual({ reply: arg, end: bytes.length });
    }),
  );
});
