import { useState } from "preact/hooks";
import { askPropertyKeys, type SampledEvents } from "../../api/property-keys.ts";
import { SHARED } from "../../api/shared.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { propertyQuestion, type Scope } from "../../report/questions.ts";
import { words } from "../../words/words.ts";
import { Menu } from "../menu.tsx";
import { EmptyNotice } from "../notice.tsx";

interface PropertyMenuProps {
  readonly scope: Scope;
  readonly onChoose: (key: string) => void;
}

/** The properties that events have, each to see its values. */
export function PropertyMenu({ scope, onChoose }: PropertyMenuProps) {
  return (
    <Menu class="property-menu" align="end" label={words.properties.menu}>
      {(close) => {
        const choose = (key: string) => {
          onChoose(key);
          close();
        };
        return (
          <>
            {SHARED === undefined && <Keys scope={scope} onChoose={choose} />}
            <KeyForm onChoose={choose} />
          </>
        );
      }}
    </Menu>
  );
}

function Keys({ scope, onChoose }: PropertyMenuProps) {
  const { answer, failure } = useAnswer<SampledEvents, readonly string[]>(
    propertyQuestion(scope),
    askPropertyKeys,
  );
  if (answer === undefined) {
    return (
      <EmptyNotice text={failure === undefined ? words.properties.looking : failure.message} />
    );
  }
  if (answer.length === 0) return <EmptyNotice text={words.properties.none} />;
  return (
    <ul class="choices" aria-label={words.properties.menu}>
      {answer.map((key) => (
        <li key={key}>
          <button type="button" class="choice" onClick={() => onChoose(key)}>
            <bdi>{key}</bdi>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** For a property that is too rare to be found. */
function KeyForm({ onChoose }: Pick<PropertyMenuProps, "onChoose">) {
  const [key, setKey] = useState("");
  return (
    <form
      class="property-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== "") onChoose(key.trim());
      }}
    >
      <input
        class="field"
        value={key}
        maxLength={64}
        placeholder={words.propertyName}
        aria-label={words.propertyName}
        onInput={({ currentTarget }) => setKey(currentTarget.value)}
      />
      <button type="submit" class="button">
        {words.addProperty}
      </button>
    </form>
  );
}
