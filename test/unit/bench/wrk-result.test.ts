import { describe, expect, test } from "bun:test";
import { wrkResult } from "../../../bench/load/wrk.ts";

const PRINTED = `Running 2s test @ http://127.0.0.1:4801
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.12ms  424.31us  12.50ms   92.33%
  108334 requests in 2.00s, 24.69MB read
Requests/sec:  54166.52
`;
const RESULT = {
  requests: 108_334,
  durationUs: 2_000_101,
  refused: 0,
  broken: 3,
  p50Us: 1_020,
  p99Us: 2_500,
};

describe("wrkResult", () => {
  test("finds the line of wrk.lua in the output of wrk", () => {
    expect(wrkResult(`${PRINTED}\nRESULT ${JSON.stringify(RESULT)}\n`)).toEqual(RESULT);
  });

  test.each([
    ["the line is missing", PRINTED],
    ["a number is missing", `RESULT {"requests":1,"durationUs":1}`],
    ["no time has passed", `RESULT ${JSON.stringify({ ...RESULT, durationUs: 0 })}`],
  ])("throws when %s", (_, output) => {
    expect(() => wrkResult(output)).toThrow("Expected the result of wrk.lua");
  });
});
