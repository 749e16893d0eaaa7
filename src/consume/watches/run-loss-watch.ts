import { every } from "../../async/every.ts";
import { errorText } from "../../errors.ts";
import { Condition } from "../../log/condition.ts";
import type { StoringContext } from "../storing-context.ts";
import { LossWatch } from "./loss-watch.ts";
import { SavedStream } from "./saved-stream.ts";

/** Events appended and lost between two checks are not noticed. */
const CHECK_INTERVAL_MS = 500;
const SAVE_INTERVAL_MS = 5_000;

/** Watches the stream for losses until `signal` aborts, however long batches or PostgreSQL take. Never rejects. */
export async function runLossWatch(context: StoringContext, signal: AbortSignal): Promise<void> {
  const { log, redis } = context;
  const saved = new SavedStream(context);
  const known = await saved.load().catch(debug);
  const watch = new LossWatch(context, saved, known);
  const condition = new Condition(log, "Looking for lost events works again");
  await Promise.all([
    every(CHECK_INTERVAL_MS, check, signal),
    every(SAVE_INTERVAL_MS, save, signal),
  ]);
  await watch.flush();
  await save();

  async function check(): Promise<void> {
    try {
      await watch.check();
      condition.recover();
    } catch (error) {
      // The connection itself logs when it is lost.
      if (redis.status !== "ready") return;
      const message = "Looking for lost events failed, retrying";
      condition.fail({ level: "warn", message, fields: { error: errorText(error) } });
    }
  }

  async function save(): Promise<void> {
    await saved.save(watch.known).catch(debug);
  }

  /** Others log that PostgreSQL or Redis is away. */
  function debug(error: unknown): undefined {
    log.debug({ error: errorText(error) }, "The state of the stream could not be saved or loaded");
  }
}
