import { wait } from "../../src/async/wait.ts";
import { entryFields } from "../../src/event/entry-codec.ts";
import { eventually } from "../support/eventually.ts";
import type { World } from "./world.ts";

const GROUP = "auditors";
/** It is slow, so that what it still needs has long been processed by the engine. */
const PAUSE_MS = 1_500;
const PAGE_ENTRIES = 500;
const LAST_PASS_MS_MAX = 60_000;

/** Another group on the stream, which sees every entry. */
export interface Auditor {
  /** Resolves when it has seen all that is there. */
  stop(): Promise<void>;
}

/**
 * Starts a group of its own on the stream, from its first entry, and tells the ledger of each entry. It
 * moves its group on only when it has seen what lies before, and so can miss an entry only when that was
 * never appended, or was trimmed although the group still needed it.
 */
export async function startAuditor({ redis, key, ledger }: World): Promise<Auditor> {
  await redis.xgroup("CREATE", key.stream, GROUP, "0", "MKSTREAM");
  const stopping = new AbortController();
  let seenId = "0-0";

  async function pass(): Promise<void> {
    for (let page = await nextPage(); page.length > 0; page = await nextPage()) {
      for (const [id, flatFields] of page) {
        const { event_type, event_id } = entryFields(flatFields);
        ledger.noteEntry(event_type, event_id);
        seenId = id;
      }
    }
    await redis.call("XGROUP", "SETID", key.stream, GROUP, seenId);
  }

  async function nextPage(): Promise<readonly [string, string[]][]> {
    return await redis.xrange(key.stream, `(${seenId}`, "+", "COUNT", PAGE_ENTRIES);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pass().catch(() => undefined); // It goes on where it was, when Redis is back.
      await wait(PAUSE_MS, stopping.signal);
    }
  }
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      await eventually(pass, LAST_PASS_MS_MAX);
    },
  };
}
