import type { ComponentChildren } from "preact";

interface SortHeaderProps {
  readonly by: string;
  readonly label: string;
  readonly mark?: ComponentChildren;
  /** The column in force, with `-` before it for the greatest first. */
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly class?: string;
  /** What a first click asks for. */
  readonly isAscendingFirst?: boolean;
}

/** Sorts by a column; once more, the other way round. */
export function SortHeader({ by, label, mark, sort, onSort, ...props }: SortHeaderProps) {
  const isDown = sort === `-${by}`;
  const isCurrent = isDown || sort === by;
  const isNextDown = isCurrent ? !isDown : props.isAscendingFirst !== true;
  return (
    <th
      scope="col"
      class={props.class}
      aria-sort={isCurrent ? (isDown ? "descending" : "ascending") : undefined}
    >
      <button type="button" onClick={() => onSort(isNextDown ? `-${by}` : by)}>
        {label}
        {mark}
        {isCurrent && <span aria-hidden="true">{isDown ? " ↓" : " ↑"}</span>}
      </button>
    </th>
  );
}
