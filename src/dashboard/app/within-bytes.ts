import { words } from "../words/words.ts";

const utf8 = new TextEncoder();

/**
 * Returns what an input does at each change: a text that is too long keeps its form from being sent, and the browser says why. The
 * engine counts bytes, whereas `maxLength` would count UTF-16 and cut without a word.
 */
export function withinBytes(max: number) {
  return ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
    const bytes = utf8.encode(currentTarget.value.trim()).length;
    currentTarget.setCustomValidity(bytes > max ? words.tooLong(bytes, max) : "");
  };
}
