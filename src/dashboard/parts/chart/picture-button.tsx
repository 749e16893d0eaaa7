import { useState } from "preact/hooks";
import { saveFile } from "../../app/save-file.ts";
import { words } from "../../words/words.ts";
import { chartPicture, type Picture } from "./chart-picture.ts";

/** A value in a filter may be as long as a URL. */
const NAME_CHARACTERS_MAX = 120;

/** Saves the chart as a PNG. */
export function PictureButton({ picture }: { picture: Picture | undefined }) {
  const [isDrawing, setIsDrawing] = useState(false);
  const save = async () => {
    if (picture === undefined) return;
    setIsDrawing(true);
    try {
      saveFile(await chartPicture(picture), `${fileName(picture)}.png`);
    } finally {
      setIsDrawing(false);
    }
  };
  return (
    <button
      type="button"
      class="button small"
      disabled={isDrawing || picture === undefined}
      onClick={() => void save()}
    >
      {words.asPicture}
    </button>
  );
}

function fileName({ title, metric, period, filters }: Picture): string {
  const name = [title, metric, period, ...filters].join(" ").replace(/[^\p{L}\p{N}.-]+/gu, "-");
  return Array.from(name).slice(0, NAME_CHARACTERS_MAX).join("");
}
