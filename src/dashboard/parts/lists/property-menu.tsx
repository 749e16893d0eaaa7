import { useState } from "preact/hooks";
import { askPropertyNames } from "../../api/ask-property-names.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { propertyNamesQuestion, type Scope } from "../../report/questions.ts";
import { words } from "../../words/words.ts";
import { Menu } from "../menu.tsx";
import { EmptyNotice, FailureNotice } from "../notice.tsx";

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
            <Names scope={scope} onChoose={choose} />
            <KeyForm onChoose={choose} />
          </>
        );
      }}
    </Menu>
  );
}

function Names({ scope, onChoose }: PropertyMenuProps) {
  const { answer, failure } = useAnswer(propertyNamesQuestion(scope), askPropertyNames);
  if (failure !== undefined && failure.kind !== "lost") return <FailureNotice failure={failure} />;
  if (answer === undefined) return <EmptyNotice text={words.properties.looking} />;
  if (answer.names.length === 0) return <EmptyNotice text={words.properties.none} />;
  return (
    <>
      <ul class="choices" aria-label={words.properties.menu}>
        {answer.names.map((name) => (
          <li key={name}>
            <button type="button" class="choice" onClick={() => onChoose(name)}>
              <bdi>{name}</bdi>
            </button>
          </li>
        ))}
      </ul>
      {!answer.areAll && <p class="quiet">{words.properties.notAll}</p>}
    </>
  );
}

/** For a property of other events. */
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
