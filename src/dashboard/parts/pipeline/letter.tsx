import { useState } from "preact/hooks";
import type { DeadLetter } from "../../api/engine/pipeline.ts";
import { moment } from "../../numbers/pipeline.ts";
import { words } from "../../words/words.ts";
import { ConfirmButton } from "./confirm-button.tsx";

const { pipeline } = words;
/** What a person corrects. Optional fields are one JSON text. */
const CORRECTABLE = [
  "site_id",
  "event_type",
  "path",
  "user_id",
  "timestamp",
  "event_id",
  "optional",
];

/** Enough to recognise a value that cannot be corrected here. */
const VALUE_CHARACTERS_MAX = 300;

type Fields = Readonly<Record<string, string>>;

interface LetterProps {
  readonly letter: DeadLetter;
  /** Why the last retry of it was refused. */
  readonly why: string | undefined;
  readonly onRetry: (corrections: Fields) => void;
  readonly onDrop: () => void;
}

export function Letter({ letter, why, onRetry, onDrop }: LetterProps) {
  const { id, reason, set_aside_at, deliveries, fields, retry_fields } = letter;
  const [isOpen, setIsOpen] = useState(false);
  const hasBegun = retry_fields !== null;
  return (
    <li class="letter">
      <div class="letter-head">
        <button
          type="button"
          class="letter-open"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          <svg class="caret" viewBox="0 0 12 12" aria-hidden="true">
            <path d={isOpen ? "m3 4.5 3 3 3-3" : "m4.5 3 3 3-3 3"} />
          </svg>
          <span class="letter-id">{id}</span>
          <bdi class="letter-reason">{reason}</bdi>
        </button>
        <span class="quiet letter-when">
          <bdi>{fields?.["site_id"]}</bdi> {moment(set_aside_at)}
        </span>
      </div>
      {why !== undefined && (
        <p class="problem" role="alert">
          {pipeline.refused} {why}
        </p>
      )}
      {isOpen && (
        <form
          class="letter-form"
          onSubmit={(event) => {
            event.preventDefault();
            onRetry(hasBegun ? {} : correctionsIn(event.currentTarget, fields ?? {}));
          }}
        >
          {hasBegun && <p>{pipeline.begun}</p>}
          {fields === null && !hasBegun && (
            <p>
              {pipeline.tooLong} <code>queueflow dead-letters show {id}</code>
            </p>
          )}
          <FieldList fields={retry_fields ?? fields ?? {}} isFixed={hasBegun || fields === null} />
          <p class="quiet">{pipeline.deliveries(deliveries)}</p>
          <div class="panel-actions">
            <button type="submit" class="button small primary">
              {pipeline.retry}
              <span class="for-readers"> {id}</span>
            </button>
            <ConfirmButton
              label={pipeline.drop}
              question={pipeline.reallyDrop(1)}
              about={id}
              disabled={hasBegun}
              onConfirmed={onDrop}
            />
          </div>
        </form>
      )}
    </li>
  );
}

function FieldList({ fields, isFixed }: { fields: Fields; isFixed: boolean }) {
  const others = Object.keys(fields).filter((name) => isFixed || !CORRECTABLE.includes(name));
  return (
    <>
      {!isFixed && (
        <div class="letter-fields">
          {CORRECTABLE.map((name) => (
            <label key={name}>
              <span>{name}</span>
              <input
                class="field"
                name={name}
                defaultValue={fields[name] ?? ""}
                spellcheck={false}
              />
            </label>
          ))}
        </div>
      )}
      {others.length > 0 && (
        <dl class="pairs">
          {others.map((name) => (
            <div key={name}>
              <dt>
                <bdi>{name}</bdi>
              </dt>
              <dd>
                <bdi>{shortened(fields[name] ?? "")}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function shortened(value: string): string {
  return value.length > VALUE_CHARACTERS_MAX ? `${value.slice(0, VALUE_CHARACTERS_MAX)}…` : value;
}

/** Returns what was changed. */
function correctionsIn(form: HTMLFormElement, fields: Fields): Fields {
  const written = [...new FormData(form)].filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(written.filter(([name, value]) => value !== (fields[name] ?? "")));
}
