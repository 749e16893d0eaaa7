import { useId, useState } from "preact/hooks";
import { LABEL_BYTES_MAX, PROPERTY_NAME_BYTES_MAX } from "../../../text-limits.ts";
import { askReport } from "../../api/ask-report.ts";
import { withinBytes } from "../../app/within-bytes.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { type Scope, suggestionQuestion } from "../../report/questions.ts";
import { words } from "../../words/words.ts";

interface GoalFormProps {
  readonly scope: Scope;
  readonly onSubmit: (form: HTMLFormElement) => void;
}

/** Names an event or pages. What the site has is suggested, and anything may be written. */
export function GoalForm({ scope, onSubmit }: GoalFormProps) {
  const [kind, setKind] = useState<"event" | "page">("event");
  const id = useId();
  const dimension = kind === "event" ? "event:name" : "event:page";
  const unfiltered = { ...scope, filters: [] };
  const { answer } = useAnswer(suggestionQuestion(unfiltered, dimension), askReport);
  return (
    <form
      class="goal-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(event.currentTarget);
      }}
    >
      <label>
        {words.goals.kind}
        <select
          name="kind"
          class="field"
          value={kind}
          onChange={({ currentTarget }) =>
            setKind(currentTarget.value === "event" ? "event" : "page")
          }
        >
          <option value="event">{words.goals.event}</option>
          <option value="page">{words.goals.page}</option>
        </select>
      </label>
      <label>
        {kind === "event" ? words.goals.eventName : words.goals.pagePattern}
        <input name="value" class="field" required list={`${id}-values`} autocomplete="off" />
        <datalist id={`${id}-values`}>
          {answer?.results.map(({ dimensions: [value] }) => (
            <option key={value} value={value ?? ""} />
          ))}
        </datalist>
      </label>
      <label>
        {words.goals.name}
        <input
          name="name"
          class="field"
          autocomplete="off"
          onInput={withinBytes(LABEL_BYTES_MAX)}
        />
      </label>
      <div class="goal-money">
        <label>
          {words.goals.revenue}
          <input
            name="revenue"
            class="field"
            placeholder="amount"
            onInput={withinBytes(PROPERTY_NAME_BYTES_MAX)}
          />
        </label>
        <label>
          {words.goals.currency}
          <input name="currency" class="field" maxLength={3} placeholder="EUR" />
        </label>
      </div>
      <button type="submit" class="button primary">
        {words.goals.add}
      </button>
    </form>
  );
}
