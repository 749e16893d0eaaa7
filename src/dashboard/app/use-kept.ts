import { useState } from "preact/hooks";

const PREFIX = "queueflow.";

/** State that this browser keeps for the viewer's next visit, if it lets pages keep anything. */
export function useKept(name: string, initial: string): [string, (value: string) => void] {
  const [value, setValue] = useState<string | undefined>();
  const key = PREFIX + name;
  return [
    value ?? read(key) ?? initial,
    (chosen) => {
      write(key, chosen);
      setValue(chosen);
    },
  ];
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse. The choice then lasts as long as the page.
  }
}
