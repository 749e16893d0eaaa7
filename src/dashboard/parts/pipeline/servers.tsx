import type { ComponentChildren } from "preact";
import type { Server, Status } from "../../api/engine/pipeline.ts";
import { clock, count, mebibytes } from "../../numbers/pipeline.ts";
import { words } from "../../words/words.ts";

const { pipeline } = words;

/** What the pipeline stands on, and what is left to do. */
export function Servers({ status }: { status: Status }) {
  const { stream, redis, redis_memory, postgres, engine, losses, held_prune } = status;
  return (
    <section class="card panel" aria-label={pipeline.servers}>
      <h2>{pipeline.servers}</h2>
      <dl class="pairs">
        <Fact name="Redis">
          <ServerText server={redis} />
          {redis_memory !== null && (
            <span class="quiet">
              {pipeline.memory(
                mebibytes(redis_memory.used_bytes),
                redis_memory.max_bytes === null ? undefined : mebibytes(redis_memory.max_bytes),
              )}
            </span>
          )}
        </Fact>
        <Fact name="PostgreSQL">
          <ServerText server={postgres} />
        </Fact>
        <Fact name={pipeline.stream}>
          {pipeline.entries(count(stream.length), count(stream.length_max))}
        </Fact>
        <Fact name={pipeline.lastCommit}>
          {status.last_commit_at === null ? count(null) : clock(status.last_commit_at)}
        </Fact>
        <Fact name={pipeline.unpacked}>{count(engine.unpacked_events)}</Fact>
        {losses !== null && losses.entries > 0 && (
          <Fact name={pipeline.lost}>
            <strong class="bad">{count(losses.entries)}</strong> <code>queueflow losses</code>
          </Fact>
        )}
        {held_prune !== null && (
          <Fact name={pipeline.held}>
            {count(held_prune.events)} <code>queueflow doctor</code>
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function ServerText({ server: { up, address, version, error } }: { server: Server }) {
  return (
    <>
      <span class={up ? "good" : "bad"}>{up ? pipeline.up(version ?? "") : pipeline.down}</span>
      <span class="quiet">{address}</span>
      {error !== null && <span class="bad">{error}</span>}
    </>
  );
}
