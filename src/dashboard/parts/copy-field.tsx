import { useId, useState } from "preact/hooks";
import { words } from "../words/words.ts";

/** A text to take elsewhere. Browsers let pages copy by HTTPS and on this machine only; elsewhere it is selected. */
export function CopyField({ label, text }: { label: string; text: string }) {
  const id = useId();
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
    } catch {
      const field = document.getElementById(id);
      if (field instanceof HTMLInputElement) field.select();
    }
  };
  return (
    <div class="copy">
      <label for={id}>{label}</label>
      <div class="copy-row">
        <input
          id={id}
          class="field"
          readOnly
          value={text}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <button type="button" class="button small" onClick={() => void copy()}>
          {isCopied ? words.share.copied : words.share.copy}
          <span class="for-readers"> {label}</span>
        </button>
      </div>
    </div>
  );
}
