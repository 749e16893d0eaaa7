import { wait } from "../../src/async/wait.ts";
import { entryFields } from "../../src/event/entry-codec.ts";
import { eventually } from "../support/eventually.ts";
import type { World } from "./world.ts";

const GROUP = "auditors";
/** Slow, so that the engine has long processed the entries that this group still needs. */
const PAUSE_MS = 1_500;
const PAGE_ENTRIES = 500;
const LAST_PASS_MS_MAX = 60_000;

/** A second group on the stream, which reads every entry. */
export interface Auditor {
  /** Resolves when it has read all entries. */
  stop(): Promise<void>;
}

/**
 * Creates a group at the stream's first entry and records each entry in the ledger. The group advances only past entries that
 * were read, so it misses an entry only if that was never appended, or was trimmed although this group still needed it.
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
      await pass().catch(() => undefined); // Continues from the same entry when Redis is back.
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
