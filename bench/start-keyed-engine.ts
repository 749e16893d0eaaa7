import { mintKey } from "../src/access/key.ts";
import { freePort } from "../src/embedded/free-port.ts";
import { createKey } from "../src/store/access/keys.ts";
import { Database } from "../src/store/database.ts";
import type { Engine } from "../test/support/engine.ts";
import type { Bench } from "./bench.ts";
import { ONE_INGEST_THREAD, startBenchEngine } from "./start-engine.ts";

/** Closed by a write key. */
export const KEYED_SITE = "keyed.example";
/** Beside a thousand others. */
const KEYS = 1_000;

export interface KeyedEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly stream: string;
  readonly key: string;
}

/** Starts an engine with one ingest thread and a thousand keys, on a stream of its own. */
export async function startKeyedEngine({ servers, placement }: Bench): Promise<KeyedEngine> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await servers.newDatabase());
  const database = stack.adopt(
    new Database({ url, connectionsMax: 1 }),
    async (opened) => await opened.close(1_000),
  );
  let key = "";
  for (let number = 1; number <= KEYS; number += 1) {
    const { text, ...minted } = mintKey("write");
    const siteId = number === 1 ? KEYED_SITE : `other-${number}.example`;
    if (number === 1) key = text;
    const fields = { kind: "write" as const, label: "", expiresAt: null, limits: {} };
    await createKey(database, { ...fields, ...minted, siteId });
  }
  const stream = "keyed_events_stream";
  const engine = stack.use(
    await startBenchEngine(servers, {
      cores: placement.thread.server,
      databaseUrl: url,
      env: { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) },
      key: { stream, group: "analytics_workers" },
    }),
  );
  const kept = stack.move();
  return { engine, stream, key, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}
