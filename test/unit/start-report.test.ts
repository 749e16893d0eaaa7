import { expect, test } from "bun:test";
import { startReport } from "../../src/roles/start-report.ts";
import type { StartState } from "../../src/thread-report.ts";

const UNKNOWN = { access: "no keys could be read yet" };
const KEYLESS = { may: "write", todo: "create keys" };

test("a start is reported once servers and access are known", () => {
  const reported: StartState[] = [];
  const report = startReport((state) => reported.push(state));
  const unread = { isKnown: false, keyless: undefined };
  report.servers({ postgres: "away" });
  expect(reported).toEqual([]);
  report.access(unread);
  report.access(unread);
  expect(reported).toEqual([{ missing: { postgres: "away", ...UNKNOWN }, keyless: undefined }]);
  report.servers({});
  report.access({ isKnown: true, keyless: KEYLESS });
  report.access({ isKnown: true, keyless: KEYLESS });
  expect(reported.slice(1)).toEqual([
    { missing: UNKNOWN, keyless: undefined },
    { missing: {}, keyless: KEYLESS },
  ]);
});
