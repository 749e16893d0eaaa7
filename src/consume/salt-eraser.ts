import { setTimeout as delay } from "node:timers/promises";
import { every } from "../async/every.ts";
import { errorText } from "../errors.ts";
import { Condition } from "../log/condition.ts";
import type { Log } from "../log/log.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { rewriteAppendOnlyFile, rewriteState } from "../stream/rewrite-append-only-file.ts";
import { claimExpiredSalts, settleExpiredSalts } from "../stream/visitors/expired-salts.ts";

const INTERVAL_MS = 60_000;
const POLL_INTERVAL_MS = 200;

export interface SaltEraserOptions {
  readonly redis: RedisConnection;
  readonly stream: string;
  readonly log: Log;
}

/**
 * Rewrites Redis's append-only file when salts of daily visitors have expired, because the file keeps what Redis has deleted. Of
 * several processes one does it, also for what expired while none ran. Never rejects.
 */
export async function runSaltEraser(
  options: SaltEraserOptions,
  signal: AbortSignal,
): Promise<void> {
  const condition = new Condition(
    options.log,
    "Expired salts leave Redis's append-only file again",
  );
  await every(INTERVAL_MS, async () => await eraseSalts(options, { condition, signal }), signal);
}

/** One round. Never rejects. */
export async function eraseSalts(
  { redis, stream, log }: SaltEraserOptions,
  { condition, signal }: { readonly condition: Condition; readonly signal: AbortSignal },
): Promise<void> {
  try {
    if (!(await claimExpiredSalts(redis, stream))) return;
    const refusal = await rewrite();
    if (refusal !== undefined) {
      const message =
        "Redis did not rewrite its append-only file, which keeps expired salts until it does";
      condition.fail({ level: "warn", message, fields: { error: refusal } });
      return;
    }
    await settleExpiredSalts(redis, stream);
    condition.recover();
  } catch (error) {
    // The lock passes on within the hour, and the connection itself logs when it is lost.
    if (!signal.aborted) log.debug({ error: errorText(error) }, "Expired salts are left for later");
  }

  /** Returns why Redis did not do it. */
  async function rewrite(): Promise<string | undefined> {
    const outcome = await rewriteAppendOnlyFile(redis, signal);
    if (outcome.kind === "refused") return outcome.why;
    if (outcome.kind === "off") return undefined;
    for (;;) {
      const state = await rewriteState(redis);
      if (state === "done") return undefined;
      if (state === "failed") return "the rewrite failed; the log of Redis says why";
      await delay(POLL_INTERVAL_MS, undefined, { signal });
    }
  }
}
