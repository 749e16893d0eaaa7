import { useState } from "preact/hooks";
import { ANNOTATION_BYTES_MAX } from "../../../text-limits.ts";
import { askSession, type Session } from "../../api/engine/session.ts";
import { SHARED } from "../../api/shared.ts";
import type { Annotation } from "../../api/sites/annotation.ts";
import { addAnnotation, removeAnnotation } from "../../api/sites/annotations.ts";
import { formText } from "../../app/form-text.ts";
import { withinBytes } from "../../app/within-bytes.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { dateText } from "../../numbers/dates.ts";
import { problemOf } from "../../views/sign-in.tsx";
import { words } from "../../words/words.ts";
import { Menu } from "../menu.tsx";

interface AnnotationsProps {
  readonly site: string;
  readonly today: string;
  readonly annotations: readonly Annotation[];
  readonly onChange: () => void;
}

/** For an administrator of the site: adds annotations, and removes them. */
export function AnnotationsMenu(props: AnnotationsProps) {
  const asked = SHARED === undefined ? "own" : undefined;
  const { answer: session } = useAnswer<"own", Session>(asked, askSession);
  if (session?.kind !== "admin" || (session.site_id ?? props.site) !== props.site) return null;
  return (
    <Menu class="annotate-menu" align="end" label={words.annotations.menu}>
      {() => <Annotations {...props} />}
    </Menu>
  );
}

function Annotations({ site, today, annotations, onChange }: AnnotationsProps) {
  const [problem, setProblem] = useState<string | undefined>();
  const change = async (work: () => Promise<void>) => {
    setProblem(undefined);
    await work().catch((error: unknown) => setProblem(problemOf(error)));
    onChange();
  };
  const add = async (form: HTMLFormElement) => {
    const time = formText(form, "time");
    const when = formText(form, "date") + (time === "" ? "" : `T${time.slice(0, 5)}`);
    await addAnnotation(site, { when, text: formText(form, "text").trim() });
    form.reset();
  };
  return (
    <div class="share">
      <form
        class="share-form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          void change(async () => await add(form));
        }}
      >
        <label>
          {words.annotations.text}
          <input name="text" class="field" required onInput={withinBytes(ANNOTATION_BYTES_MAX)} />
        </label>
        <div class="annotate-when">
          <label>
            {words.annotations.date}
            <input name="date" type="date" class="field" required defaultValue={today} />
          </label>
          <label>
            {words.annotations.time}
            <input name="time" type="time" class="field" />
          </label>
        </div>
        <button type="submit" class="button primary">
          {words.annotations.add}
        </button>
      </form>
      <p class="problem" role="alert">
        {problem}
      </p>
      {annotations.length > 0 && (
        <ul class="share-list" aria-label={words.annotations.all}>
          {annotations.toReversed().map((annotation) => (
            <li key={annotation.annotation_id}>
              <span>
                <span class="quiet">{whenText(annotation.when)}</span> <bdi>{annotation.text}</bdi>
              </span>
              <button
                type="button"
                class="button small"
                onClick={() => void change(async () => await removeAnnotation(site, annotation))}
              >
                {words.annotations.remove}
                <span class="for-readers"> {annotation.text}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function whenText(when: string): string {
  return [dateText(when.slice(0, 10)), when.slice(11)].join(" ").trim();
}
