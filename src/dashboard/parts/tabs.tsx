import { useId } from "preact/hooks";

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly label: string;
}

interface TabsProps<Name extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly current: Name;
  readonly onChoose: (name: Name) => void;
}

/** Chooses one of a few; arrow keys move between them, as between radio buttons. */
export function Tabs<Name extends string>({ label, tabs, current, onChoose }: TabsProps<Name>) {
  const group = useId();
  return (
    <div class="tabs" role="radiogroup" aria-label={label}>
      {tabs.map((tab) => (
        <label
          key={tab.name}
          class={tab.name === current ? "tab chosen" : "tab"}
          onClick={(event) => {
            if (event.target instanceof HTMLInputElement) return;
            // A focused tab would keep the arrow keys from the page.
            event.preventDefault();
            onChoose(tab.name);
          }}
        >
          <input
            type="radio"
            class="for-readers"
            name={group}
            checked={tab.name === current}
            onChange={() => onChoose(tab.name)}
          />
          {tab.label}
        </label>
      ))}
    </div>
  );
}
