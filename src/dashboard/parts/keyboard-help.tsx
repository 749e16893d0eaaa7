import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../app/use-keys.ts";
import { words } from "../words/words.ts";
import { PERIOD_CHOICES } from "./dates/period-choices.ts";

/** What the keys do, when `?` or its button is pressed. */
export function KeyboardHelp() {
  const [isOpen, setIsOpen] = useState(false);
  useKeys((key) => {
    if (key === "?") setIsOpen(true);
  });
  return (
    <>
      <button type="button" class="as-link" onClick={() => setIsOpen(true)}>
        {words.keyboard.title}
      </button>
      {isOpen && <Keys onClose={() => setIsOpen(false)} />}
    </>
  );
}

function Keys({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { earlier, later, compare, help, chart, close } = words.keyboard;
  const rows: readonly (readonly [key: string, meaning: string])[] = [
    ...PERIOD_CHOICES.flatMap(({ key, name }) =>
      key === undefined ? [] : [[key, words.periods[name] ?? name] as const],
    ),
    ["←", earlier],
    ["→", later],
    ["X", compare],
    ["← →", chart],
    ["?", help],
    ["Esc", close],
  ];
  return (
    // oxlint-disable-next-line -- Escape closes it, too
    <dialog
      ref={dialog}
      class="keys"
      aria-label={words.keyboard.title}
      onClose={onClose}
      onClick={({ target }) => {
        if (target === dialog.current) dialog.current?.close();
      }}
    >
      <form method="dialog">
        <h2>{words.keyboard.title}</h2>
        <dl>
          {rows.map(([key, meaning]) => (
            <div key={`${key} ${meaning}`}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <button type="submit" class="button">
          {words.close}
        </button>
      </form>
    </dialog>
  );
}
