import { useState } from "preact/hooks";
import { OWN_LABEL_BYTES_MAX, SITE_ID_BYTES_MAX } from "../../../text-limits.ts";
import { KEY_KINDS } from "../../api/engine/key-kinds.ts";
import { createKey, LIMIT_NAMES, type NewKey } from "../../api/engine/keys.ts";
import { RequestFailure } from "../../api/request.ts";
import { formText } from "../../app/form-text.ts";
import { withinBytes } from "../../app/within-bytes.ts";
import { problemOf } from "../../views/sign-in.tsx";
import { words } from "../../words/words.ts";
import { CopyField } from "../copy-field.tsx";

const { pipeline } = words;

/** Creates a key, which is shown only once. One that closes something asks first. */
export function NewKeyForm({ onCreated }: { onCreated: () => void }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const [asked, setAsked] = useState<NewKey | undefined>();
  const create = async (fields: NewKey, form?: HTMLFormElement) => {
    setText("");
    setProblem("");
    setAsked(undefined);
    try {
      setText(await createKey(fields));
      form?.reset();
      onCreated();
    } catch (error) {
      setProblem(problemOf(error));
      const asks = error instanceof RequestFailure && error.code === "confirmation_required";
      if (asks) setAsked({ ...fields, confirm: true });
    }
  };
  return (
    <>
      <form
        class="key-form"
        aria-label={pipeline.newKey}
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          void create(newKeyIn(form), form);
        }}
      >
        <label>
          {pipeline.kind}
          <select name="kind" class="field">
            {KEY_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {pipeline.kinds[kind]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {pipeline.site}
          <input
            name="site"
            class="field"
            placeholder="shop.example"
            onInput={withinBytes(SITE_ID_BYTES_MAX)}
          />
        </label>
        <label>
          {pipeline.label}
          <input
            name="label"
            class="field"
            placeholder={pipeline.labelExample}
            onInput={withinBytes(OWN_LABEL_BYTES_MAX)}
          />
        </label>
        <label>
          {pipeline.expiresOn}
          <input name="expires" type="date" class="field" />
        </label>
        <details class="key-limits">
          <summary>{pipeline.limits}</summary>
          {LIMIT_NAMES.map((name) => (
            <label key={name}>
              {pipeline.limitNames[name]}
              <input name={name} type="number" class="field" min={0} step={1} inputMode="numeric" />
            </label>
          ))}
        </details>
        <button type="submit" class="button primary">
          {pipeline.create}
        </button>
      </form>
      <p class="problem" role="alert">
        {problem}
      </p>
      {asked !== undefined && (
        <div class="panel-actions">
          <button type="button" class="button small" onClick={() => void create(asked)}>
            {pipeline.createAnyway}
          </button>
        </div>
      )}
      {text !== "" && (
        <div class="key-new" role="status">
          <CopyField label={pipeline.shownOnce} text={text} />
        </div>
      )}
    </>
  );
}

/** Returns what was written. The engine says what is wrong with it. */
function newKeyIn(form: HTMLFormElement): NewKey {
  const site_id = formText(form, "site").trim();
  const label = formText(form, "label").trim();
  const expires_at = formText(form, "expires");
  const limits = LIMIT_NAMES.flatMap((name) => {
    const text = formText(form, name);
    return text === "" ? [] : [[name, Number(text)] as const];
  });
  return {
    kind: formText(form, "kind"),
    ...(site_id !== "" && { site_id }),
    ...(label !== "" && { label }),
    ...(expires_at !== "" && { expires_at }),
    ...(limits.length > 0 && { limits: Object.fromEntries(limits) }),
    confirm: false,
  };
}
