import { expect, test } from "bun:test";
import { startReport } from "../../src/roles/start-report.ts";
import type { MissingServers } from "../../src/thread-report.ts";

const UNKNOWN = { access: "no keys could be read yet" };

test("a start is reported once servers and access are known", () => {
  const reported: MissingServers[] = [];
  const report = startReport((missing) => reported.push(missing));
  report.servers({ postgres: "away" });
  expect(reported).toEqual([]);
  report.access(false);
  report.access(false);
  expect(reported).toEqual([{ postgres: "away", ...UNKNOWN }]);
  report.servers({});
  report.access(true);
  report.access(true);
  expect(reported.slice(1)).toEqual([UNKNOWN, {}]);
});
