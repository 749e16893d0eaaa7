import { useState } from "preact/hooks";

interface ConfirmButtonProps {
  readonly label: string;
  /** What the second click does. */
  readonly question: string;
  /** For screen readers: what it is about. */
  readonly about?: string;
  readonly disabled?: boolean;
  readonly onConfirmed: () => void;
}

/** A button for what cannot be undone: a second click does it, unless the focus leaves. */
export function ConfirmButton({
  label,
  question,
  about,
  disabled,
  onConfirmed,
}: ConfirmButtonProps) {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <button
      type="button"
      class={`button small ${isAsking ? "asking" : ""}`}
      disabled={disabled}
      onBlur={() => setIsAsking(false)}
      onClick={() => {
        setIsAsking(!isAsking);
        if (isAsking) onConfirmed();
      }}
    >
      <span aria-live="polite">{isAsking ? question : label}</span>
      {about !== undefined && <span class="for-readers"> {about}</span>}
    </button>
  );
}
