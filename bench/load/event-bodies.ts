import { join } from "node:path";
import { Random } from "../../test/chaos/random.ts";
import { emptyFolder } from "../../test/support/engine.ts";
import { type ClientEvent, randomEvent } from "../k6/event.ts";

/** The same events in every run. */
const SEED = 20_260_115;
/** So many that a generator comes around no sooner than in a second. */
const BODIES = 100_000;

let written: Promise<string> | undefined;

/**
 * A file of bodies for `POST /event`, one a line, which generators read before they begin: many sites and
 * paths, skewed as real traffic is, and every event by a user of its own. No `event_id`: the server mints.
 */
export async function eventBodiesFile(): Promise<string> {
  written ??= writeBodies();
  return await written;
}

/** Events as clients send them, the same in every run. */
export function* clientEvents(count: number): Generator<ClientEvent> {
  const random = new Random(SEED);
  const now = new Date();
  for (let i = 0; i < count; i += 1) yield randomEvent(() => random.next(), now);
}

async function writeBodies(): Promise<string> {
  const lines: string[] = [];
  for (const event of clientEvents(BODIES)) {
    lines.push(JSON.stringify({ ...event, user_id: `user-${lines.length}` }));
  }
  const path = join(emptyFolder(), "bodies.jsonl");
  await Bun.write(path, `${lines.join("\n")}\n`);
  return path;
}
