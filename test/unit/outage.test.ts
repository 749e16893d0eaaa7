import { describe, expect, test } from "bun:test";
import { remedyOf } from "../../src/consume/failure.ts";
import { Condition } from "../../src/log/condition.ts";
import { Outage } from "../../src/log/outage.ts";
import { recordingLog } from "../support/recording-log.ts";

const away = Object.assign(new Error("reset"), { code: "ECONNRESET" });

/** An error as the driver passes it on from PostgreSQL. */
function postgresError(code: string): Error {
  return Object.assign(new Error(`PostgreSQL says ${code}`), { name: "PostgresError", code });
}

function loggedFor(failures: readonly Error[]): readonly string[] {
  const { log, records } = recordingLog();
  const outage = new Outage(log, { began: "It fails", ended: "It works again", remedyOf });
  for (const failure of failures) outage.failed(failure);
  outage.recovered();
  outage.recovered();
  return records.map(({ level, fields }) => [level, fields["error"]].join(" ").trim());
}

describe("an outage", () => {
  test.each([
    ["is logged when it begins and ends", [away, postgresError("57P03")], ["warn reset", "info"]],
    [
      "is an error when there is a remedy",
      [postgresError("53100"), postgresError("53100"), away],
      ["error PostgreSQL says 53100", "info"],
    ],
    [
      "is logged once more for each remedy",
      [away, "42P01", away, "42P01", "53300", "42703"].map((failure) =>
        typeof failure === "string" ? postgresError(failure) : failure,
      ),
      ["warn reset", "error PostgreSQL says 42P01", "error PostgreSQL says 53300", "info"],
    ],
    ["is not logged without a failure", [], []],
  ] as const)("%s", (_, failures, logged) => {
    expect(loggedFor(failures)).toEqual(logged);
  });

  test("names the remedy", () => {
    const { log, records } = recordingLog();
    new Outage(log, { began: "It fails", ended: "", remedyOf }).failed(postgresError("53100"));
    expect(records[0]?.fields["remedy"]).toBe("Free space on PostgreSQL's disk");
  });
});

describe("a condition", () => {
  const problem = { level: "warn", message: "It fails", fields: {} } as const;

  test("logs failures and duration at its end", () => {
    const { log, records } = recordingLog();
    const condition = new Condition(log, "It works again");
    for (let failures = 0; failures < 3; failures += 1) condition.fail(problem);
    condition.recover({ server: "redis" });
    expect(records.at(-1)).toEqual({
      level: "info",
      fields: { server: "redis", failures: 3, outageMs: expect.any(Number) },
      sentence: "It works again",
    });
  });

  test("is logged at each change of its state", () => {
    const { log, records } = recordingLog();
    const condition = new Condition(log, "It works again");
    for (const message of [
      "It nearly fails",
      "It fails",
      "It fails",
      "It nearly fails",
      "It fails",
    ]) {
      condition.change({ ...problem, message });
    }
    condition.recover();
    const logged = ["It nearly fails", "It fails", "It nearly fails", "It fails", "It works again"];
    expect(records.map(({ sentence }) => sentence)).toEqual(logged);
    expect(records.at(-1)?.fields["failures"]).toBe(5);
  });

  test("is logged again when it returns", () => {
    const { log, records } = recordingLog();
    const condition = new Condition(log, "It works again");
    for (let times = 1; times <= 2; times += 1) {
      condition.fail({ ...problem, cause: "a cause" });
      condition.recover();
    }
    expect(records.map(({ level }) => level)).toEqual(["warn", "info", "warn", "info"]);
    expect(records.at(-1)?.fields["failures"]).toBe(1);
  });
});
