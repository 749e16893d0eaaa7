import { expect, test } from "bun:test";
import { atMost } from "../../src/http/at-most.ts";
import { rejectionOf } from "../support/rejection-of.ts";

test("refuses a read while as many as may are running", async () => {
  const running: PromiseWithResolvers<string>[] = [];
  const read = atMost(2, async (name: string) => {
    const result = Promise.withResolvers<string>();
    running.push(result);
    return `${name} ${await result.promise}`;
  });
  const [first, second] = [read("a"), read("b")];
  expect(await rejectionOf(read("c"))).toMatchObject({ code: "reads_overloaded" });
  running[0]?.resolve("done");
  expect(await first).toBe("a done");
  const third = read("d");
  running[1]?.reject(new Error("failed"));
  expect(await rejectionOf(second)).toMatchObject({ message: "failed" });
  running[2]?.resolve("done");
  expect(await third).toBe("d done");
});
