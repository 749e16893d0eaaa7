import { describe, expect, test } from "bun:test";
import { thrownIn } from "../../src/supervisor/thread-error.ts";

describe("thrownIn", () => {
  test("thrownIn answers the error when a code frame stands before it and a stack behind", () => {
    const report = `1 | const error: Error = make();\n2 | throw error;\n          ^\nTypeError: boom\n code: "x"\n\n      at f (child.ts:2:7)\n`;
    expect(thrownIn(report)).toBe("TypeError: boom");
  });

  test("thrownIn answers the first line when there is no code frame", () => {
    expect(thrownIn("error: boom\n      at f (child.ts:2:7)\n")).toBe("error: boom");
  });

  test("thrownIn says so when the report is empty", () => {
    expect(thrownIn("\n")).toContain("nothing");
  });

  test("thrownIn answers what a real thread threw when it dies", async () => {
    const source = new Blob(['throw new RangeError("out of it");'], { type: "text/javascript" });
    const worker = new Worker(URL.createObjectURL(source));
    const { promise, resolve } = Promise.withResolvers<string>();
    worker.addEventListener("error", ({ message }) => resolve(message));
    expect(thrownIn(await promise)).toBe("RangeError: out of it");
  });
});
