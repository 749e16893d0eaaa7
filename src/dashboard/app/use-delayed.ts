import { useEffect, useState } from "preact/hooks";

const DELAY_MS = 250;

/** Returns a text once it has rested, so that not every key that is pressed asks a question. */
export function useDelayed(text: string): string {
  const [delayed, setDelayed] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(text), DELAY_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return delayed;
}
