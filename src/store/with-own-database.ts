import { Database } from "./database.ts";

/** How long a statement in progress may delay the close. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Closes the connection when `signal` aborts: a stop must not wait for a long statement. */
export async function withOwnDatabase<Result>(
  { url, signal }: { url: string; signal: AbortSignal },
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = new Database({ url, connectionsMax: 1 });
  const close = async () => await database.close(CLOSE_TIMEOUT_MS);
  const onAbort = () => void close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await work(database);
  } finally {
    signal.removeEventListener("abort", onAbort);
    await close();
  }
}
