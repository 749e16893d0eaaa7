import { useState } from "preact/hooks";
import { saveFile } from "../../app/save-file.ts";
import { words } from "../../words/words.ts";
import { chartPicture, type Picture } from "./chart-picture.ts";

/** Saves the chart as a PNG. */
export function PictureButton({ picture }: { picture: Picture | undefined }) {
  const [isDrawing, setIsDrawing] = useState(false);
  const save = async () => {
    if (picture === undefined) return;
    setIsDrawing(true);
    const { title, metric, period } = picture;
    try {
      const name = `${title} ${metric} ${period}`.replace(/[^\p{L}\p{N}.-]+/gu, "-");
      saveFile(await chartPicture(picture), `${name}.png`);
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
