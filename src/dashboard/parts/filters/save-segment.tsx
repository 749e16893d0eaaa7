import { useState } from "preact/hooks";
import { putSegment } from "../../api/sites/segments.ts";
import { formText } from "../../app/form-text.ts";
import { useRoute } from "../../app/route.ts";
import { useIsAdmin } from "../../app/use-is-admin.ts";
import { filterJson } from "../../report/filter-chip.ts";
import type { Scope } from "../../report/questions.ts";
import { problemOf } from "../../views/sign-in.tsx";
import { words } from "../../words/words.ts";
import { Menu } from "../menu.tsx";
import { SEGMENT } from "./segment-list.tsx";

/** For an administrator of the site: gives the filters in force a name, which then stands in their place. */
export function SaveSegment({ scope }: { scope: Scope }) {
  const { go } = useRoute();
  const [problem, setProblem] = useState<string | undefined>();
  if (!useIsAdmin(scope.site) || scope.filters.some(({ dimension }) => dimension === SEGMENT)) {
    return null;
  }
  const save = async (name: string) => {
    setProblem(undefined);
    try {
      await putSegment(scope.site, { name, filters: scope.filters.map(filterJson) });
      go({ filters: [{ operator: "is", dimension: SEGMENT, values: [name] }] });
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <li>
      <Menu class="save-segment" label={words.segments.save}>
        {() => (
          <form
            class="filter-form"
            onSubmit={(event) => {
              event.preventDefault();
              void save(formText(event.currentTarget, "name").trim());
            }}
          >
            <label>
              {words.segments.name}
              <input name="name" class="field" required maxLength={120} autocomplete="off" />
            </label>
            <button type="submit" class="button primary">
              {words.segments.save}
            </button>
            <p class="problem" role="alert">
              {problem}
            </p>
          </form>
        )}
      </Menu>
    </li>
  );
}
