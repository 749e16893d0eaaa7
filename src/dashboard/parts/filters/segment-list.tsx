import { useState } from "preact/hooks";
import { askSegments, removeSegment } from "../../api/sites/segments.ts";
import { useIsAdmin } from "../../app/use-is-admin.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import type { FilterChip } from "../../report/filter-chip.ts";
import { problemOf } from "../../views/sign-in.tsx";
import { words } from "../../words/words.ts";
import { EmptyNotice } from "../notice.tsx";

/** In place of a dimension. */
export const SEGMENT = "segment";

interface SegmentListProps {
  readonly site: string;
  readonly onChoose: (chip: FilterChip) => void;
}

/** The site's saved filters, each to apply; an administrator removes them. */
export function SegmentList({ site, onChoose }: SegmentListProps) {
  const [changes, setChanges] = useState(0);
  const [problem, setProblem] = useState<string | undefined>();
  const { answer, failure } = useAnswer({ site_id: site, changes }, askSegments);
  const isAdmin = useIsAdmin(site);
  const remove = async (name: string) => {
    setProblem(undefined);
    await removeSegment(site, name).catch((error: unknown) => setProblem(problemOf(error)));
    setChanges((n) => n + 1);
  };
  if (answer?.length === 0) return <EmptyNotice text={words.segments.none} />;
  return (
    <>
      <ul class="choices segment-list" aria-label={words.segments.all}>
        {answer?.map(({ name }) => (
          <li key={name}>
            <button
              type="button"
              class="choice"
              onClick={() => onChoose({ operator: "is", dimension: SEGMENT, values: [name] })}
            >
              <bdi>{name}</bdi>
            </button>
            {isAdmin && (
              <button type="button" class="button small" onClick={() => void remove(name)}>
                {words.goals.remove}
                <span class="for-readers"> {name}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="problem" role="alert">
        {problem ?? failure?.message}
      </p>
    </>
  );
}
