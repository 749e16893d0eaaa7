import { useState } from "preact/hooks";
import { SHARED } from "../../api/shared.ts";
import { useRoute } from "../../app/route.ts";
import type { FilterChip } from "../../report/filter-chip.ts";
import type { Scope } from "../../report/questions.ts";
import { words } from "../../words/words.ts";
import { Menu } from "../menu.tsx";
import { FilterForm } from "./filter-form.tsx";
import { SEGMENT, SegmentList } from "./segment-list.tsx";

const FILTERABLE = [
  "event:page",
  "visit:entry_page",
  "visit:exit_page",
  "event:hostname",
  "visit:channel",
  "visit:source",
  "visit:referrer",
  "visit:utm_campaign",
  "visit:utm_medium",
  "visit:utm_source",
  "visit:utm_content",
  "visit:utm_term",
  "visit:country",
  "visit:language",
  "visit:device",
  "visit:browser",
  "visit:os",
  "visit:screen",
  "event:name",
  "event:goal",
];

/** A public link does not name the segments of its site. */
const DIMENSIONS = SHARED === undefined ? [...FILTERABLE, SEGMENT] : FILTERABLE;

export function FilterMenu({ scope }: { scope: Scope }) {
  return (
    <Menu
      label={
        <>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2.5 4h11M4.5 8h7M6.5 12h3" />
          </svg>
          {words.filter}
        </>
      }
      align="end"
    >
      {(close) => <NewFilter scope={scope} onDone={close} />}
    </Menu>
  );
}

function NewFilter({ scope, onDone }: { scope: Scope; onDone: () => void }) {
  const { go } = useRoute();
  const [dimension, setDimension] = useState<string | undefined>();
  if (dimension === undefined) {
    return (
      <ul class="choices filter-choices">
        {DIMENSIONS.map((each) => (
          <li key={each}>
            <button type="button" class="choice" onClick={() => setDimension(each)}>
              {words.dimensions[each]}
            </button>
          </li>
        ))}
      </ul>
    );
  }
  const add = (chip: FilterChip) => {
    go({ filters: [...scope.filters, chip] });
    onDone();
  };
  return (
    <div class="filter-panel">
      <h2>{words.dimensions[dimension]}</h2>
      {dimension === SEGMENT ? (
        <SegmentList site={scope.site} onChoose={add} />
      ) : (
        <FilterForm
          scope={scope}
          initial={{ operator: "is", dimension, values: [] }}
          onApply={add}
        />
      )}
    </div>
  );
}
