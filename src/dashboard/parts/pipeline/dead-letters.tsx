import { useState } from "preact/hooks";
import {
  askDeadLetters,
  type DeadLetterPage,
  dropLetters,
  type Retried,
  retryLetters,
} from "../../api/engine/pipeline.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { count } from "../../numbers/pipeline.ts";
import { problemOf } from "../../views/sign-in.tsx";
import { words } from "../../words/words.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { Letter } from "./letter.tsx";

const { pipeline } = words;

interface Asked {
  readonly before: string | undefined;
  readonly total: number | null;
  /** Grows with each change, so that the list is asked for again. */
  readonly changes: number;
}

/** Events that could not be stored: look, correct, retry, drop. */
export function DeadLetters({ total }: { total: number | null }) {
  const [before, setBefore] = useState<string | undefined>();
  const [changes, setChanges] = useState(0);
  const [said, setSaid] = useState("");
  const [refused, setRefused] = useState<Retried["refused"]>([]);
  const { answer, failure } = useAnswer<Asked, DeadLetterPage>(
    { before, total, changes },
    askDeadLetters,
  );
  const letters = answer?.dead_letters ?? [];
  const ids = letters.map(({ id }) => id);
  const change = async (work: () => Promise<string>) => {
    setSaid(await work().catch(problemOf));
    setChanges((n) => n + 1);
  };
  const retry = async (some: readonly string[], corrections?: Readonly<Record<string, string>>) =>
    await change(async () => {
      const { sent, refused: refusals, missing } = await retryLetters(some, corrections);
      setRefused(refusals);
      return sentence([
        [sent, pipeline.sent],
        [refusals.length, pipeline.refusedOf],
        [missing.length, pipeline.goneAlready],
      ]);
    });
  const drop = async (some: readonly string[]) =>
    await change(async () => {
      const { dropped, begun, missing } = await dropLetters(some);
      return sentence([
        [dropped, pipeline.dropped],
        [begun.length, pipeline.notDropped],
        [missing.length, pipeline.goneAlready],
      ]);
    });
  return (
    <section class="card panel" aria-label={pipeline.deadLetters}>
      <div class="panel-head">
        <h2>
          {pipeline.deadLetters} <span class="quiet">{count(total)}</span>
        </h2>
        {letters.length > 1 && (
          <div class="panel-actions">
            <button type="button" class="button small" onClick={() => void retry(ids)}>
              {pipeline.retryShown}
            </button>
            <ConfirmButton
              label={pipeline.dropShown}
              question={pipeline.reallyDrop(letters.length)}
              onConfirmed={() => void drop(ids)}
            />
          </div>
        )}
      </div>
      <p class="said" role="status">
        {failure?.message ?? said}
      </p>
      {answer !== undefined && letters.length === 0 && <p class="quiet">{pipeline.noLetters}</p>}
      <ul class="letters">
        {letters.map((letter) => (
          <Letter
            key={letter.id}
            letter={letter}
            why={refused.find(({ id }) => id === letter.id)?.why}
            onRetry={(corrections) => void retry([letter.id], corrections)}
            onDrop={() => void drop([letter.id])}
          />
        ))}
      </ul>
      {(before !== undefined || (answer?.next_before ?? null) !== null) && (
        <div class="panel-actions">
          <button
            type="button"
            class="button small"
            disabled={before === undefined}
            onClick={() => setBefore(undefined)}
          >
            {pipeline.newest}
          </button>
          <button
            type="button"
            class="button small"
            disabled={(answer?.next_before ?? null) === null}
            onClick={() => setBefore(answer?.next_before ?? undefined)}
          >
            {pipeline.older}
          </button>
        </div>
      )}
    </section>
  );
}

/** Returns what happened to how many. Two people may work on the same ones. */
function sentence(parts: readonly (readonly [count: number, text: (count: number) => string])[]) {
  return parts.flatMap(([n, text]) => (n > 0 ? [text(n)] : [])).join(" ");
}
