import type { Certificate } from "../certificate.ts";
import type { TakenUnits, ThreadFigures } from "../thread-report.ts";

/** After this a thread starts without Redis. */
export const REDIS_READY_MS_MAX = 2_000;
/** How long a query in flight may delay the end of a thread. */
export const DATABASE_CLOSE_MS_MAX = 1_000;

export interface RunningRole {
  readonly figures: () => ThreadFigures;
  /** Of a thread that limits clients which others serve too. */
  readonly exchange?: TakenExchange;
  /** Of a thread that speaks HTTPS. Never throws. */
  readonly renewCertificate?: (certificate: Certificate) => void;
  /** Of a thread that asks or answers others. A port replaces that of the peer's earlier run. */
  readonly joinPeer?: (peer: string, port: MessagePort) => void;
  /** Resolves after `stop`; rejects when the work cannot go on. */
  readonly done: Promise<void>;
  /** Finishes what is in flight and closes all connections. */
  readonly stop: () => Promise<void>;
}

export interface TakenExchange {
  /** Returns what was taken since the last call, undefined for nothing. */
  readonly collect: () => TakenUnits | undefined;
  /** Adds what another thread took. */
  readonly add: (taken: TakenUnits) => void;
}
