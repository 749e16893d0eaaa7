import { useState } from "preact/hooks";
import { askKeys, type Key, revokeKey } from "../../api/engine/keys.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { count, moment } from "../../numbers/pipeline.ts";
import { problemOf } from "../../views/sign-in.tsx";
import { words } from "../../words/words.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { NewKeyForm } from "./new-key-form.tsx";

const { pipeline } = words;

export function Keys() {
  const [changes, setChanges] = useState(0);
  const [problem, setProblem] = useState("");
  const { answer, failure } = useAnswer<{ changes: number }, readonly Key[]>({ changes }, askKeys);
  const keys = answer ?? [];
  const current = keys.filter((key) => !isOver(key));
  const revoke = async (key: Key) => {
    setProblem("");
    await revokeKey(key).catch((error: unknown) => setProblem(problemOf(error)));
    setChanges((n) => n + 1);
  };
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
      {answer !== undefined && current.length === 0 && <p class="quiet">{pipeline.noKeys}</p>}
      <ul class="keys">
        {current.map((key) => (
          <li key={key.key_id}>
            <KeyText keyOf={key} />
            <ConfirmButton
              label={pipeline.revoke}
              question={pipeline.reallyRevoke}
              about={key.label || key.key_id}
              onConfirmed={() => void revoke(key)}
            />
          </li>
        ))}
      </ul>
      {keys.length > current.length && (
        <details class="readings">
          <summary>{pipeline.ended(keys.length - current.length)}</summary>
          <ul class="keys">
            {keys.filter(isOver).map((key) => (
              <li key={key.key_id}>
                <KeyText keyOf={key} />
              </li>
            ))}
          </ul>
        </details>
      )}
      <NewKeyForm onCreated={() => setChanges((n) => n + 1)} />
    </section>
  );
}

function KeyText({ keyOf }: { keyOf: Key }) {
  const { key_id, kind, site_id, label, created_at, expires_at, revoked_at, last_used_at } = keyOf;
  return (
    <span class="key-text">
      <strong>
        <bdi>{label || key_id}</bdi>
      </strong>
      <span>
        {pipeline.kinds[kind]}, <bdi>{site_id ?? pipeline.everySite}</bdi>
      </span>
      <span class="quiet">
        {label !== "" && `${key_id} · `}
        {pipeline.created(moment(created_at))} ·{" "}
        {last_used_at === null ? pipeline.neverUsed : pipeline.used(moment(last_used_at))}
        {expires_at !== null && ` · ${pipeline.expires(moment(expires_at))}`}
        {revoked_at !== null && ` · ${pipeline.revoked(moment(revoked_at))}`}
      </span>
    </span>
  );
}

function isOver({ revoked_at, expires_at }: Key): boolean {
  return revoked_at !== null || (expires_at !== null && Date.parse(expires_at) <= Date.now());
}
