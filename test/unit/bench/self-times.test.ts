import { expect, test } from "bun:test";
import { selfTimes } from "../../../bench/profile/self-times.ts";

test("samples are counted per function, most first", () => {
  const node = (id: number, functionName: string, url: string) => ({
    id,
    callFrame: { functionName, url, lineNumber: 9 },
  });
  const nodes = [
    node(1, "append", "file:///clone/src/stream/producer.ts"),
    node(2, "append", "file:///clone/src/stream/producer.ts"),
    node(3, "parse", ""),
  ];
  expect(selfTimes({ nodes, samples: [1, 3, 2, 2] })).toEqual([
    { where: "append src/stream/producer.ts:10", share: 0.75 },
    { where: "parse native", share: 0.25 },
  ]);
});
