import { LineSplitter } from "../../importers/line-splitter.ts";
import { LogReader, type LogReaderOptions } from "../../importers/log-reader.ts";
import type { EventProducer } from "../../stream/producer.ts";
import { OutcomeSender, type OutcomeSenderOptions } from "./outcome-sender.ts";
import { SEND_INTERVAL_MS, withPauses } from "./with-pauses.ts";

export interface SendAccessLogOptions extends LogReaderOptions, OutcomeSenderOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Whether a last line without a newline is sent. */
  readonly complete: boolean;
}

/**
 * Sends each line of an access log as an event, and returns the id of the last entry, or undefined when there were no
 * events. When the log cannot be read to its end, the lines before that are sent.
 */
export async function sendAccessLog(
  producer: Pick<EventProducer, "append">,
  options: SendAccessLogOptions,
): Promise<string | undefined> {
  const { chunks, complete, tally } = options;
  const splitter = new LineSplitter();
  const reader = new LogReader(options);
  const sender = new OutcomeSender(producer, options);
  let sentAtMs = performance.now();
  try {
    for await (const chunk of withPauses(chunks)) {
      for (const line of chunk === undefined ? [] : splitter.push(chunk)) {
        // Reads the clock for each line: a pipe may stay open for days.
        for (const outcome of reader.read(line, Date.now())) await sender.add(outcome);
      }
      if (chunk === undefined || performance.now() - sentAtMs >= SEND_INTERVAL_MS) {
        for (const outcome of reader.decide(Date.now())) await sender.add(outcome);
        await sender.send();
        sentAtMs = performance.now();
      }
    }
    const rest = splitter.rest();
    if (rest !== undefined && complete) {
      for (const outcome of reader.read(rest, Date.now())) await sender.add(outcome);
    } else {
      tally.unfinishedLine = rest?.number;
    }
  } finally {
    for (const outcome of reader.decide(Date.now())) await sender.add(outcome);
    await sender.send();
    tally.format = reader.format?.name;
    options.onProgress();
  }
  return sender.lastEntryId;
}
