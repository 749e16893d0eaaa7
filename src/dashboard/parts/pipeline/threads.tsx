import type { Thread } from "../../api/engine/pipeline.ts";
import { count, seconds } from "../../numbers/pipeline.ts";
import { words } from "../../words/words.ts";

const { pipeline } = words;

export function Threads({ threads, at }: { threads: readonly Thread[]; at: string }) {
  const ago = (then: string) => seconds(Math.max(0, Date.parse(at) - Date.parse(then)));
  return (
    <section class="card panel" aria-label={pipeline.threads}>
      <h2>{pipeline.threads}</h2>
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">{pipeline.thread}</th>
            <th scope="col">{pipeline.state}</th>
            <th scope="col" class="number">
              {pipeline.restarts}
            </th>
            <th scope="col" class="number">
              {pipeline.lastCommit}
            </th>
          </tr>
        </thead>
        <tbody>
          {threads.map(({ name, state, restarts, last_commit_at, error }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <span class={state === "running" && error === null ? "good" : "bad"}>
                  {state === "running" ? pipeline.running : pipeline.waiting}
                </span>
                {error !== null && <div class="bad">{error}</div>}
              </td>
              <td class="number">{count(restarts)}</td>
              <td class="number">
                {last_commit_at === null ? count(null) : pipeline.ago(ago(last_commit_at))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="panel-note quiet">{pipeline.threadsMeaning}</p>
    </section>
  );
}
