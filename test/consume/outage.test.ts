import { describe, expect, test } from "bun:test";
import { remedyOf } from "../../src/consume/remedy-of.ts";
import { Outage } from "../../src/log/outage.ts";
import { recordingLog } from "../support/recording-log.ts";

const SENTENCES = { began: "It fails", ended: "It works again", remedyOf };
const away = Object.assign(new Error("reset"), { code: "ECONNRESET" });

/** An error as PostgreSQL sends it, by way of the driver. */
function sent(code: string): Error {
  return Object.assign(new Error(`PostgreSQL says ${code}`), { name: "PostgresError", code });
}

function said(failures: readonly Error[]): readonly string[] {
  const { log, records } = recordingLog();
  const outage = new Outage(log, SENTENCES);
  for (const failure of failures) outage.failed(failure);
  outage.recovered();
  outage.recovered();
  return records.map(({ level, fields }) => [level, fields["error"]].join(" ").trim());
}

describe("Outage", () => {
  test("an outage is said once when it begins and once when it ends, however often it failed", () => {
    expect(said([away, away, sent("57P03"), away])).toEqual(["warn reset", "info"]);
    expect(said([sent("53100"), sent("53100"), away])).toEqual([
      "error PostgreSQL says 53100",
      "info",
    ]);
    expect(said([])).toEqual([]);
  });

  test("what a person must do is said once when it shows only after the first failure", () => {
    expect(said([away, sent("42P01"), away, sent("42P01"), sent("53300"), sent("42703")])).toEqual([
      "warn reset",
      "error PostgreSQL says 42P01",
      "error PostgreSQL says 53300",
      "info",
    ]);
  });

  test("an outage is said again when there is another", () => {
    const { log, records } = recordingLog();
    const outage = new Outage(log, SENTENCES);
    for (let times = 1; times <= 2; times += 1) {
      outage.failed(sent("53100"));
      outage.recovered();
    }
    const levels = records.map(({ level }) => level);
    expect(levels).toEqual(["error", "info", "error", "info"]);
    expect(records[1]?.fields).toMatchObject({ failures: 1, outageMs: expect.any(Number) });
    expect(records[0]?.fields["remedy"]).toBe("Free space on PostgreSQL's disk");
  });
});
