import { expect, test } from "bun:test";
import { thrownIn } from "../../src/supervisor/thread-error.ts";

test.each([
  [
    "a code frame and a stack",
    `1 | const error: Error = make();\n2 | throw error;\n          ^\nTypeError: boom\n code: "x"\n\n      at f (child.ts:2:7)\n`,
    "TypeError: boom",
  ],
  ["no code frame", "error: boom\n      at f (child.ts:2:7)\n", "error: boom"],
  ["nothing", "\n", "an error that the runtime could not describe"],
])("finds the error in a report with %s", (_, report, error) => {
  expect(thrownIn(report)).toBe(error);
});

test("finds the error that a real thread threw", async () => {
  const source = new Blob(['throw new RangeError("out of it");'], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(source));
  const { promise, resolve } = Promise.withResolvers<string>();
  worker.addEventListener("error", ({ message }) => resolve(message));
  expect(thrownIn(await promise)).toBe("RangeError: out of it");
});
