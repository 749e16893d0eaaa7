import { useState } from "preact/hooks";
import { useRoute } from "../../app/route.ts";
import type { Scope } from "../../report/questions.ts";
import { words } from "../../words/words.ts";
import { Menu } from "../menu.tsx";
import { FilterForm } from "./filter-form.tsx";

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
        {FILTERABLE.map((each) => (
          <li key={each}>
            <button type="button" class="choice" onClick={() => setDimension(each)}>
              {words.dimensions[each]}
            </button>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div class="filter-panel">
      <h3>{words.dimensions[dimension]}</h3>
      <FilterForm
        scope={scope}
        initial={{ operator: "is", dimension, values: [] }}
        onApply={(chip) => {
          go({ filters: [...scope.filters, chip] });
          onDone();
        }}
      />
    </div>
  );
}
