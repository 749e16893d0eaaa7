import { SHARED } from "../../api/shared.ts";
import { useRoute } from "../../app/route.ts";
import { valueName } from "../../numbers/names.ts";
import { type FilterChip } from "../../report/filter-chip.ts";
import type { Scope } from "../../report/questions.ts";
import { words } from "../../words/words.ts";
import { Link } from "../link.tsx";
import { Menu } from "../menu.tsx";
import { chipName, dimensionName } from "./chip-name.ts";
import { FilterForm } from "./filter-form.tsx";
import { SaveSegment } from "./save-segment.tsx";
import { SEGMENT, SegmentList } from "./segment-list.tsx";

/** The filters in force, each to change or to take away. */
export function Chips({ scope }: { scope: Scope }) {
  const { go } = useRoute();
  const { filters } = scope;
  if (filters.length === 0) return null;
  return (
    <ul class="chips" aria-label={words.filters}>
      {filters.map((chip, at) => {
        const others = filters.filter((_, index) => index !== at);
        const text = chipName(chip);
        return (
          <li key={text} class="chip">
            <Menu label={<ChipLabel chip={chip} />} name={words.changeFilter(text)}>
              {(close) => {
                const change = (changed: FilterChip) => {
                  go({ filters: filters.with(at, changed) });
                  close();
                };
                return (
                  <div class="filter-panel">
                    <h2>{dimensionName(chip.dimension)}</h2>
                    {chip.dimension === SEGMENT ? (
                      <SegmentList site={scope.site} onChoose={change} />
                    ) : (
                      <FilterForm
                        scope={{ ...scope, filters: others }}
                        initial={chip}
                        onApply={change}
                      />
                    )}
                  </div>
                );
              }}
            </Menu>
            <Link to={{ filters: others }} class="chip-remove" label={words.removeFilter(text)}>
              <svg viewBox="0 0 12 12" aria-hidden="true">
                <path d="m3 3 6 6M9 3 3 9" />
              </svg>
            </Link>
          </li>
        );
      })}
      {filters.length > 1 && (
        <li>
          <Link to={{ filters: [] }} class="clear">
            {words.removeAll}
          </Link>
        </li>
      )}
      {SHARED === undefined && <SaveSegment scope={scope} />}
    </ul>
  );
}

function ChipLabel({ chip }: { chip: FilterChip }) {
  return (
    <span class="chip-text">
      {dimensionName(chip.dimension)} {words.operators[chip.operator]}{" "}
      <strong>
        <bdi>{chip.values.map((value) => valueName(chip.dimension, value)).join(", ")}</bdi>
      </strong>
    </span>
  );
}
