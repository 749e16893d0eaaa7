import { expect, test } from "bun:test";
import { Tally } from "../../src/consume/watches/tally.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";

test("add logs at once, and what follows soon as one record with the count", async () => {
  const { log, records } = recordingLog();
  const tally = new Tally((entries) => log.error({ entries }, "Entries were set aside"), 100);
  const counts = () => records.map(({ fields }) => fields["entries"]);
  tally.add(2);
  for (let times = 1; times <= 50; times += 1) tally.add(1);
  expect(counts()).toEqual([2]);
  await eventually(() => expect(counts()).toEqual([2, 50]));
  expect(records[1]).toMatchObject({ level: "error", sentence: "Entries were set aside" });
});
