import { expect, test } from "bun:test";
import {
  ENDS_MAX,
  HEALTHY_AFTER_MS,
  recentEnds,
  restartDelay,
} from "../../src/embedded/restart-delay.ts";

test("restartDelay doubles from 100 ms to 10 s and gives up past the intensity", () => {
  const delays = Array.from({ length: ENDS_MAX + 1 }, (_, index) =>
    restartDelay(Array<number>(index + 1).fill(0)),
  );
  expect(delays.slice(0, 8)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000]);
  expect(delays.slice(8)).toEqual([10_000, 10_000, "give up"]);
});

test("recentEnds forgets an end when the server was healthy since", () => {
  expect(recentEnds([0, 1_000, 50_000], HEALTHY_AFTER_MS + 500)).toEqual([1_000, 50_000]);
});
