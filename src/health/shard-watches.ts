import type { Backlog } from "../stream/inspect/read-backlog.ts";
import {
  readShardBacklogs,
  type ShardBacklog,
  sumBacklogs,
} from "../stream/shards/shard-backlogs.ts";
import type { ShardConnection } from "../stream/shards/shard-connections.ts";
import { BacklogWatch } from "./backlog-watch.ts";

export interface ShardState {
  readonly stream: string;
  readonly backlog: ShardBacklog;
  /** How long entries have waited with none finished. */
  readonly stillForMs: number;
}

/** Watches the backlog of each shard. */
export class ShardWatches {
  readonly #shards: readonly (ShardConnection & { readonly watch: BacklogWatch })[];

  constructor(shards: readonly ShardConnection[]) {
    this.#shards = shards.map((shard) => ({ ...shard, watch: new BacklogWatch() }));
  }

  /** Never rejects. */
  async observe(): Promise<readonly ShardState[]> {
    const backlogs = await readShardBacklogs(this.#shards);
    const nowMs = performance.now();
    return this.#shards.map(({ key: { stream }, watch }, i) => {
      const backlog = backlogs[i];
      watch.observe(backlog, nowMs);
      const { stillForMs } = watch;
      return { stream, backlog: backlog && watch.aged(backlog), stillForMs };
    });
  }
}

export function backlogOf(shards: readonly ShardState[]): Backlog | undefined {
  return sumBacklogs(shards.map(({ backlog }) => backlog));
}

export function stillForMsOf(shards: readonly ShardState[]): number {
  return Math.max(0, ...shards.map(({ stillForMs }) => stillForMs));
}
