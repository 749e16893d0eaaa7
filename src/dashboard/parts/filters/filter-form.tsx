import { useId, useState } from "preact/hooks";
import { OPERATORS, type Operator } from "../../../reporting/query/report-query.ts";
import { askReport } from "../../api/ask-report.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { useSearched } from "../../asking/use-searched.ts";
import { shortValue } from "../../numbers/format.ts";
import { valueName } from "../../numbers/names.ts";
import type { FilterChip } from "../../report/filter-chip.ts";
import { type Scope, suggestionQuestion } from "../../report/questions.ts";
import { words } from "../../words/words.ts";

interface FilterFormProps {
  /** With the filters beside this one. */
  readonly scope: Scope;
  readonly initial: FilterChip;
  readonly onApply: (chip: FilterChip) => void;
}

const isWhole = (operator: Operator) => operator === "is" || operator === "is_not";

/** Makes or changes a filter by one dimension: whole values are chosen from those there are, parts and patterns are written. */
export function FilterForm({ scope, initial, onApply }: FilterFormProps) {
  const { dimension } = initial;
  const [operator, setOperator] = useState(initial.operator);
  const [values, setValues] = useState<readonly string[]>(isWhole(operator) ? initial.values : []);
  const [written, setWritten] = useState(isWhole(operator) ? "" : (initial.values[0] ?? ""));
  const id = useId();
  const allowed = dimension === "event:goal" ? OPERATORS.slice(0, 1) : OPERATORS;
  const chosen = isWhole(operator) ? values : [written].filter((text) => text !== "");
  return (
    <form
      class="filter-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen.length > 0) onApply({ operator, dimension, values: chosen });
      }}
    >
      <label class="for-readers" for={`${id}-operator`}>
        {words.operator}
      </label>
      <select
        id={`${id}-operator`}
        class="field"
        value={operator}
        onChange={({ currentTarget }) => {
          const named = OPERATORS.find((each) => each === currentTarget.value);
          if (named !== undefined) setOperator(named);
        }}
      >
        {allowed.map((each) => (
          <option key={each} value={each}>
            {words.operators[each]}
          </option>
        ))}
      </select>
      <input
        class="field"
        value={written}
        autofocus
        aria-label={isWhole(operator) ? words.search : words.value}
        placeholder={isWhole(operator) ? words.search : words.value}
        onInput={({ currentTarget }) => setWritten(currentTarget.value)}
      />
      {isWhole(operator) && (
        <Suggestions
          scope={scope}
          dimension={dimension}
          written={written}
          chosen={values}
          onChoose={setValues}
        />
      )}
      <button type="submit" class="button primary" disabled={chosen.length === 0}>
        {words.apply}
      </button>
    </form>
  );
}

interface SuggestionsProps {
  readonly scope: Scope;
  readonly dimension: string;
  readonly written: string;
  readonly chosen: readonly string[];
  readonly onChoose: (values: readonly string[]) => void;
}

function Suggestions({ scope, dimension, written, chosen, onChoose }: SuggestionsProps) {
  const searched = useSearched(scope, dimension, dimension === "event:goal" ? "" : written);
  const question = searched && suggestionQuestion(scope, dimension, searched);
  const { answer } = useAnswer(question, askReport);
  const found = (answer?.results ?? []).map(({ dimensions: [value], metrics: [visitors] }) => ({
    value: value ?? "",
    visitors,
  }));
  const others = chosen.filter((value) => found.every((each) => each.value !== value));
  return (
    <ul class="suggestions">
      {[...others.map((value) => ({ value, visitors: null })), ...found].map(
        ({ value, visitors }) => (
          <li key={value}>
            <label>
              <input
                type="checkbox"
                checked={chosen.includes(value)}
                onChange={({ currentTarget: { checked } }) =>
                  onChoose(checked ? [...chosen, value] : chosen.filter((each) => each !== value))
                }
              />
              <bdi>{valueName(dimension, value)}</bdi>
              <span class="number quiet">
                {visitors !== null && shortValue("visitors", visitors)}
              </span>
            </label>
          </li>
        ),
      )}
    </ul>
  );
}
