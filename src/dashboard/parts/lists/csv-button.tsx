import { useState } from "preact/hooks";
import { askCsv, CSV_ROWS_MAX } from "../../api/ask-csv.ts";
import type { ReportBody } from "../../api/report.ts";
import { RequestFailure } from "../../api/request.ts";
import { saveFile } from "../../app/save-file.ts";
import type { Pages } from "../../report/questions.ts";
import { words } from "../../words/words.ts";

interface CsvButtonProps {
  /** Of the file. */
  readonly name: string;
  /** Of the whole list; undefined while that is unknown. */
  readonly rows: number | undefined;
  readonly pageOf: (pages: Pages) => ReportBody;
}

/** Saves a whole list as a file. */
export function CsvButton({ name, rows, pageOf }: CsvButtonProps) {
  const [note, setNote] = useState("");
  const save = async (asked: number) => {
    setNote("");
    try {
      saveFile(await askCsv(asked, pageOf), name);
      if (asked > CSV_ROWS_MAX) setNote(words.csvEnds(CSV_ROWS_MAX));
    } catch (error) {
      setNote(error instanceof RequestFailure ? words.failures[error.kind].title : String(error));
    }
  };
  return (
    <>
      <button
        type="button"
        class="button"
        disabled={rows === undefined}
        onClick={() => void save(rows ?? 0)}
      >
        CSV
      </button>
      <span role="status" class="bad">
        {note}
      </span>
    </>
  );
}
