import { useState } from "preact/hooks";
import { KEY_KINDS } from "../../api/engine/key-kinds.ts";
import { createKey, type NewKey } from "../../api/engine/keys.ts";
import { RequestFailure } from "../../api/request.ts";
import { formText } from "../../app/form-text.ts";
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
          const site_id = formText(form, "site").trim();
          const label = formText(form, "label").trim();
          const kind = formText(form, "kind");
          void create(
            {
              kind,
              ...(site_id !== "" && { site_id }),
              ...(label !== "" && { label }),
              confirm: false,
            },
            form,
          );
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
          <input name="site" class="field" placeholder="shop.example" maxLength={256} />
        </label>
        <label>
          {pipeline.label}
          <input name="label" class="field" placeholder={pipeline.labelExample} maxLength={100} />
        </label>
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
