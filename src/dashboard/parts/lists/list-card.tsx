import { useState } from "preact/hooks";
import { SHARED } from "../../api/shared.ts";
import { useKept } from "../../app/use-kept.ts";
import { type ListGroup, type ListSpec, propertyList } from "../../report/lists.ts";
import type { Scope } from "../../report/questions.ts";
import { words } from "../../words/words.ts";
import { Menu } from "../menu.tsx";
import { Tabs } from "../tabs.tsx";
import { GoalsMenu } from "./goals-menu.tsx";
import { PropertyMenu } from "./property-menu.tsx";
import { ValueList } from "./value-list.tsx";

/** A card with lists of one kind, of which it shows one. */
export function ListCard({ scope, group }: { scope: Scope; group: ListGroup }) {
  const [chosen, setChosen] = useKept(`list.${group.name}`, group.lists[0]?.dimension ?? "");
  const [properties, addProperty] = useProperties(scope.site, group.name === "events");
  const tabs = [...group.lists, ...properties.map(propertyList)];
  const lists = [...tabs, ...(group.more ?? [])];
  const list = lists.find(({ dimension }) => dimension === chosen) ?? lists[0];
  const title = words.groups[group.name];
  const [changes, setChanges] = useState(0);
  return (
    <section class="card list-card" aria-label={title}>
      <header class="card-head">
        <h2>{title}</h2>
        <div class="card-tabs">
          <Tabs
            label={title}
            tabs={tabs.map(tabOf)}
            current={list?.dimension ?? ""}
            onChoose={setChosen}
          />
          {group.more && (
            <MoreLists lists={group.more} current={list?.dimension ?? ""} onChoose={setChosen} />
          )}
        </div>
      </header>
      {list !== undefined && (
        <ValueList key={`${list.dimension} ${changes}`} scope={scope} list={list} />
      )}
      {group.name === "events" && (
        <div class="list-foot">
          <PropertyMenu
            scope={scope}
            onChoose={(key) => {
              addProperty(key);
              setChosen(propertyList(key).dimension);
            }}
          />
          {SHARED === undefined && (
            <GoalsMenu
              scope={scope}
              onChanged={() => {
                setChanges((n) => n + 1);
                setChosen("event:goal");
              }}
            />
          )}
        </div>
      )}
    </section>
  );
}

interface MoreListsProps {
  readonly lists: readonly ListSpec[];
  readonly current: string;
  readonly onChoose: (dimension: string) => void;
}

function MoreLists({ lists, current, onChoose }: MoreListsProps) {
  const chosen = lists.find(({ dimension }) => dimension === current);
  return (
    <Menu
      class={chosen === undefined ? "more-lists" : "more-lists chosen"}
      label={chosen === undefined ? words.more : tabOf(chosen).label}
      align="end"
    >
      {(close) => (
        <ul class="choices">
          {lists.map((list) => (
            <li key={list.dimension}>
              <button
                type="button"
                class="choice"
                aria-current={list.dimension === current ? "true" : undefined}
                onClick={() => {
                  onChoose(list.dimension);
                  close();
                }}
              >
                {tabOf(list).label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Menu>
  );
}

function tabOf({ dimension }: ListSpec) {
  return { name: dimension, label: words.tabs[dimension] ?? dimension.replace("event:props:", "") };
}

const PROPERTIES_MAX = 6;

function useProperties(
  site: string,
  isUsed: boolean,
): [properties: readonly string[], add: (key: string) => void] {
  const [text, setText] = useKept(`properties.${site}`, "");
  const known = text === "" || !isUsed ? [] : text.split("\n");
  return [
    known,
    (key) =>
      setText([key, ...known.filter((each) => each !== key)].slice(0, PROPERTIES_MAX).join("\n")),
  ];
}
