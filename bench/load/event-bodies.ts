import { join } from "node:path";
import { Random } from "../../test/chaos/random.ts";
import { emptyFolder } from "../../test/support/engine.ts";
import { type ClientEvent, randomEvent } from "../k6/event.ts";

/** Makes every run send the same events. */
const SEED = 20_260_115;
/** Enough that a generator repeats none within a second. */
const BODIES = 100_000;

let written: Promise<string> | undefined;

/**
 * Creates a file of bodies for `POST /event`, one per line: many sites and paths, skewed like real traffic, and a new user per
 * event. No `event_id`, so the server creates it.
 */
export async function eventBodiesFile(): Promise<string> {
  written ??= writeBodies();
  return await written;
}

/** Returns events of clients, the same in every run. */
export function* clientEvents(count: number): Generator<ClientEvent> {
  const random = new Random(SEED);
  const now = new Date();
  for (let i = 0; i < count; i += 1) yield randomEvent(() => random.next(), now);
}

/** Creates such a file in which all events are of one site. */
export async function siteBodiesFile(siteId: string): Promise<string> {
  return await writeBodies({ site_id: siteId });
}

async function writeBodies(more: Partial<ClientEvent> = {}): Promise<string> {
  const lines: string[] = [];
  for (const event of clientEvents(BODIES)) {
    lines.push(JSON.stringify({ ...event, user_id: `user-${lines.length}`, ...more }));
  }
  const path = join(emptyFolder(), "bodies.jsonl");
  await Bun.write(path, `${lines.join("\n")}\n`);
  return path;
}
