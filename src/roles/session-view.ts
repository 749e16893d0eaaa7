import { NO_SESSIONS, type SessionSource } from "../access/session-source.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { Log } from "../log/log.ts";
import { SessionView } from "../stream/access/session-view.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";

export interface RunningSessions {
  readonly sessions: SessionSource;
  readonly stop: () => Promise<void>;
}

/** Reads nothing with `ACCESS=open`. */
export function startSessionView(
  { access, stream }: Pick<ConnectedConfig, "access" | "stream">,
  { redis, log }: { readonly redis: RedisConnection; readonly log: Log },
): RunningSessions {
  if (access === "open") return { sessions: NO_SESSIONS, stop: async () => undefined };
  const view = new SessionView(redis, { stream, log });
  const stopping = new AbortController();
  const running = view.run(stopping.signal);
  return {
    sessions: view,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
