import { expect, test } from "bun:test";
import { Writable } from "node:stream";
import { openProgress } from "../../src/cli/progress.ts";
import { processShell } from "../../src/cli/shell.ts";

/** Shows progress once, and returns what was written. */
function written({ isTTY }: { readonly isTTY: boolean }): string {
  let text = "";
  const write = (chunk: Buffer, _: unknown, done: () => void): void => {
    text += chunk.toString();
    done();
  };
  const stderr = Object.assign(new Writable({ write }), { isTTY });
  {
    using progress = openProgress({ ...processShell(), stderr }, "Sending");
    progress.update("3 events", 3 / 8);
  }
  return text;
}

test("progress is shown in a line of a terminal, then cleared", () => {
  expect(written({ isTTY: true })).toBe("\r\u001b[KSending 37% 3 events\r\u001b[K");
});

test("progress without a terminal writes no line at first", () => {
  expect(written({ isTTY: false })).toBe("");
});
