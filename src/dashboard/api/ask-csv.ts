import type { ReportBody } from "./report.ts";
import { request } from "./request.ts";

/** That the engine answers at once. */
const PAGE_ROWS = 10_000;
/** That it counts beyond which row a page begins. */
const OFFSET_MAX = 1_000_000;
export const CSV_ROWS_MAX = OFFSET_MAX + PAGE_ROWS;
/** A text in quotes may have line ends. */
const HEADER = /^(?:"(?:[^"]|"")*"|[^"\r])*\r\n/;

/** Resolves with `rows` rows of a list as one file, up to `CSV_ROWS_MAX`. @throws RequestFailure. */
export async function askCsv(
  rows: number,
  pageOf: (pages: { readonly limit: number; readonly offset: number }) => ReportBody,
): Promise<Blob> {
  const texts: string[] = [];
  let offset = 0;
  do {
    const text = await askPage(pageOf({ limit: PAGE_ROWS, offset }));
    texts.push(offset === 0 ? text : text.replace(HEADER, ""));
    offset += PAGE_ROWS;
  } while (offset < rows && offset <= OFFSET_MAX);
  return new Blob(texts, { type: "text/csv" });
}

async function askPage(body: ReportBody): Promise<string> {
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  return await (await request("query?format=csv", init, new AbortController().signal)).text();
}
