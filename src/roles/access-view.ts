import type { AccessDocument } from "../access/access-document.ts";
import { type AccessSource, OPEN_ACCESS } from "../access/access-source.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { Log } from "../log/log.ts";
import { AccessView } from "../stream/access/access-view.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";

export interface RunningView {
  readonly access: AccessSource;
  readonly stop: () => Promise<void>;
}

export interface AccessViewParts {
  readonly redis: RedisConnection;
  readonly log: Log;
  readonly onDocument: (document: AccessDocument) => void;
}

/** Reads nothing with `ACCESS=open`. */
export function startAccessView(
  { access, stream }: Pick<ConnectedConfig, "access" | "stream">,
  { redis, log, onDocument }: AccessViewParts,
): RunningView {
  if (access === "open") return { access: OPEN_ACCESS, stop: async () => undefined };
  const isAllClosed = access === "keys";
  const view = new AccessView(redis, { stream, isAllClosed, log, onDocument });
  const stopping = new AbortController();
  const running = view.run(stopping.signal);
  return {
    access: view,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
