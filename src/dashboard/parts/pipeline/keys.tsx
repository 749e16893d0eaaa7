import { useState } from "preact/hooks";
import { askKeys, deleteKey, type Key, revokeKey } from "../../api/engine/keys.ts";
import { RequestFailure } from "../../api/request.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { count } from "../../numbers/pipeline.ts";
import { problemOf } from "../../views/sign-in.tsx";
import { words } from "../../words/words.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { KeyList } from "./key-list.tsx";
import { NewKeyForm } from "./new-key-form.tsx";

const { pipeline } = words;

/** Keys in force and those that have ended, with what an administrator does with them. */
export function Keys() {
  const [changes, setChanges] = useState(0);
  const [problem, setProblem] = useState("");
  const [opening, setOpening] = useState<Key | undefined>();
  const { answer, failure } = useAnswer<{ changes: number }, readonly Key[]>({ changes }, askKeys);
  const keys = answer ?? [];
  const current = keys.filter((key) => !isOver(key));
  const change = async (work: () => Promise<void>, onRefused?: (code: string) => void) => {
    setProblem("");
    setOpening(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(problemOf(error));
      if (error instanceof RequestFailure) onRefused?.(error.code);
    }
    setChanges((n) => n + 1);
  };
  const remove = async (key: Key, confirm: boolean) =>
    await change(
      async () => await deleteKey(key, { confirm }),
      (code) => {
        if (code === "confirmation_required") setOpening(key);
      },
    );
  return (
    <section class="card panel" aria-label={pipeline.keys}>
      <div class="panel-head">
        <h2>
          {pipeline.keys}{" "}
          <span class="quiet">{count(answer === undefined ? null : current.length)}</span>
        </h2>
      </div>
      <p class="problem" role="alert">
        {failure?.message ?? problem}
      </p>
      {opening !== undefined && (
        <div class="panel-actions">
          <button type="button" class="button small" onClick={() => void remove(opening, true)}>
            {pipeline.deleteAnyway}
          </button>
        </div>
      )}
      {answer !== undefined && current.length === 0 && <p class="quiet">{pipeline.noKeys}</p>}
      <KeyList
        keys={current}
        action={(key) => (
          <ConfirmButton
            label={pipeline.revoke}
            question={pipeline.reallyRevoke}
            about={key.label || key.key_id}
            onConfirmed={() => void change(async () => await revokeKey(key))}
          />
        )}
      />
      {keys.length > current.length && (
        <details class="readings">
          <summary>{pipeline.ended(keys.length - current.length)}</summary>
          <KeyList
            keys={keys.filter(isOver)}
            action={(key) => (
              <ConfirmButton
                label={pipeline.delete}
                question={pipeline.reallyDelete}
                about={key.label || key.key_id}
                onConfirmed={() => void remove(key, false)}
              />
            )}
          />
        </details>
      )}
      <NewKeyForm onCreated={() => setChanges((n) => n + 1)} />
    </section>
  );
}

function isOver({ revoked_at, expires_at }: Key): boolean {
  return revoked_at !== null || (expires_at !== null && Date.parse(expires_at) <= Date.now());
}
