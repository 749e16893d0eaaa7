import { useState } from "preact/hooks";
import { askGoals, type Goal, putGoal, removeGoal } from "../../api/sites/goals.ts";
import { formText } from "../../app/form-text.ts";
import { useIsAdmin } from "../../app/use-is-admin.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import type { Scope } from "../../report/questions.ts";
import { problemOf } from "../../views/sign-in.tsx";
import { words } from "../../words/words.ts";
import { Menu } from "../menu.tsx";
import { GoalForm } from "./goal-form.tsx";

interface GoalsMenuProps {
  readonly scope: Scope;
  readonly onChanged: () => void;
}

/** Makes and removes goals, for an administrator of the site. */
export function GoalsMenu({ scope, onChanged }: GoalsMenuProps) {
  if (!useIsAdmin(scope.site)) return null;
  return (
    <Menu class="goals-menu" align="end" label={words.goals.menu}>
      {() => <Goals key={scope.site} scope={scope} onChanged={onChanged} />}
    </Menu>
  );
}

function Goals({ scope, onChanged }: GoalsMenuProps) {
  const { site } = scope;
  const [changes, setChanges] = useState(0);
  const [problem, setProblem] = useState<string | undefined>();
  const { answer, failure } = useAnswer<Asked, readonly Goal[]>({ site, changes }, askGoalsOf);
  const change = async (work: () => Promise<void>) => {
    setProblem(undefined);
    await work().catch((error: unknown) => setProblem(problemOf(error)));
    setChanges((n) => n + 1);
    onChanged();
  };
  return (
    <div class="goals">
      <GoalForm
        scope={scope}
        onSubmit={(form) =>
          void change(async () => {
            await putGoal(site, goalIn(form));
            form.reset();
          })
        }
      />
      <p class="problem" role="alert">
        {problem ?? failure?.message}
      </p>
      <ul class="goals-list" aria-label={words.tabs["event:goal"]}>
        {answer?.map((goal) => (
          <li key={goal.name}>
            <bdi title={JSON.stringify(goal.filters)}>{goal.name}</bdi>
            <button
              type="button"
              class="button small"
              onClick={() => void change(async () => await removeGoal(site, goal))}
            >
              {words.goals.remove}
              <span class="for-readers"> {goal.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Returns what was written. The engine says what is wrong with it. */
function goalIn(form: HTMLFormElement): Goal {
  const value = formText(form, "value").trim();
  const property = formText(form, "revenue").trim();
  const currency = formText(form, "currency").trim().toUpperCase();
  return {
    name: formText(form, "name").trim() || value,
    filters: [
      formText(form, "kind") === "event"
        ? ["is", "event:name", [value]]
        : ["matches_glob", "event:page", [value]],
    ],
    ...(property !== "" && { revenue: { property, currency } }),
  };
}

interface Asked {
  readonly site: string;
  /** Grows with each change, so that the list is asked for again. */
  readonly changes: number;
}

async function askGoalsOf({ site }: Asked, signal: AbortSignal): Promise<readonly Goal[]> {
  return await askGoals(site, signal);
}
