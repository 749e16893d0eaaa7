import { type ExportContext, ExportedEvents } from "../../importers/exported/exported-event.ts";
import type { LineOutcome } from "../../importers/line-event.ts";
import { skipped } from "../../importers/line-event.ts";
import type { EventProducer } from "../../stream/producer.ts";
import { exportRecords, type ReadRecord, type RecordsOptions } from "./export-records.ts";
import { OutcomeSender, type OutcomeSenderOptions } from "./outcome-sender.ts";
import { withPauses } from "./with-pauses.ts";

export interface SendExportOptions extends ExportContext, OutcomeSenderOptions, RecordsOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Sends each record of an export as an event, and returns the id of the last entry, or undefined when there were no events. When the
 * export cannot be read to its end, the records before that are sent.
 */
export async function sendExport(
  producer: Pick<EventProducer, "append">,
  options: SendExportOptions,
): Promise<string | undefined> {
  const { chunks, tally, format } = options;
  const events = new ExportedEvents(options);
  const sender = new OutcomeSender(producer, options);
  tally.format = format;
  try {
    for await (const records of withPauses(exportRecords(chunks, options))) {
      if (records === undefined) await sender.send();
      for (const read of records ?? []) {
        if (read.kind === "unfinished") tally.unfinishedLine = read.number;
        else await sender.add(outcomeOf(read, events));
      }
    }
  } finally {
    await sender.send();
    options.onProgress();
  }
  return sender.lastEntryId;
}

function outcomeOf(
  read: Exclude<ReadRecord, { kind: "unfinished" }>,
  events: ExportedEvents,
): LineOutcome {
  switch (read.kind) {
    case "record":
      return events.read(read.number, read.record, Date.now());
    case "empty":
      return skipped(read.number, "empty");
    case "too-long":
      return skipped(read.number, "too long");
    case "unreadable":
      return skipped(read.number, "not a valid event", read.why);
  }
}
