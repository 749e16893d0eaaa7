import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReceivedEvent } from "../../src/event/event.ts";
import { type Elapsed, startStopwatch } from "../measure/stopwatch.ts";
import { openSql } from "../servers.ts";

const CHUNK_ROWS = 500;

/** Returns rows in COPY's text format, in one part per connection. */
export function copyParts(events: readonly ReceivedEvent[], parts: number): readonly Buffer[][] {
  const size = Math.ceil(events.length / parts);
  return Array.from({ length: parts }, (_, part) =>
    chunksOf(events.slice(part * size, (part + 1) * size)),
  );
}

function chunksOf(events: readonly ReceivedEvent[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let from = 0; from < events.length; from += CHUNK_ROWS) {
    const lines = events.slice(from, from + CHUNK_ROWS).map(lineOf);
    chunks.push(Buffer.from(lines.join("")));
  }
  return chunks;
}

/** Events of the bench contain no tab, line break or backslash, which would need escaping. */
function lineOf(event: ReceivedEvent): string {
  const { eventId, siteId, eventType, path, userId, timestamp, receivedAt } = event;
  return `${[eventId, siteId, eventType, path, userId, timestamp, receivedAt].join("\t")}\n`;
}

/** Stores rows in PostgreSQL's fastest way: COPY into the table with its indexes, one transaction per connection. */
export async function timeCopy(url: string, parts: readonly Buffer[][]): Promise<Elapsed> {
  const sql = openSql(url, parts.length);
  await Promise.all(parts.map(async () => await sql`SELECT pg_sleep(0.05)`)); // Opens each connection.
  const elapsed = startStopwatch();
  await Promise.all(
    parts.map(async (chunks) => {
      const copy = await sql`
        COPY events (event_id, site_id, event_type, path, user_id, timestamp, received_at) FROM STDIN
      `.writable();
      await pipeline(Readable.from(chunks), copy);
    }),
  );
  const took = elapsed();
  await sql.end({ timeout: 1 });
  return took;
}
