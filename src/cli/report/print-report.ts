import { printable } from "../../log/printable.ts";
import { table } from "../text.ts";
import type { SiteReport } from "./read-report.ts";
import type { ReportDates } from "./report-period.ts";
import type { ReportWords } from "./report-words.ts";

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";
const CELL = "padding:6px 10px;border-bottom:1px solid #e3e6eb";
const QUIET = "color:#5a6575";

export interface PrintedReport {
  readonly title: string;
  readonly text: string;
  readonly html: string;
}

/** Prints a report for people: as plain text, and as HTML that loads nothing and that mail programs show. */
export function printReport(
  report: SiteReport,
  { site, dates, language }: { site: string; dates: ReportDates; language: ReportWords },
): PrintedReport {
  const title = `${printable(site)}: ${language.dates(dates)}`;
  const notes = notesOf(report, language);
  return {
    title,
    text: [title, "", ...textOf(report, language), ...notes, ""].join("\n"),
    html: htmlOf(title, { report, language, notes }),
  };
}

function textOf(report: SiteReport, language: ReportWords): readonly string[] {
  const { words } = language;
  const totals = report.totals.map((total) => [
    language.name(total.metric),
    language.total(total),
    words.before(language.total({ ...total, value: total.before })),
  ]);
  const lists = report.lists.flatMap(({ dimension, rows, ...list }) => [
    language.listName(dimension),
    ...(rows.length === 0
      ? [`  ${words.noRows}`]
      : table(
          rows.map((row) => [
            `  ${language.visitors(row, list)}`,
            language.rowName(dimension, row),
          ]),
        )),
    "",
  ]);
  return [...table(totals), "", ...lists];
}

function notesOf(
  { totals, lists, incompleteDays }: SiteReport,
  language: ReportWords,
): readonly string[] {
  const isApproximate = [...totals, ...lists].some((each) => each.isApproximate);
  const days = incompleteDays.map((day) => language.date(day)).join(", ");
  return [
    ...(isApproximate ? [`≈ ${language.words.dailySum}`] : []),
    ...(incompleteDays.length > 0 ? [language.words.incomplete(days)] : []),
  ];
}

interface HtmlParts {
  readonly report: SiteReport;
  readonly language: ReportWords;
  readonly notes: readonly string[];
}

function htmlOf(title: string, { report, language, notes }: HtmlParts): string {
  const { words } = language;
  const totals = report.totals.map(
    (total) =>
      `<tr>${cell(language.name(total.metric))}${number(language.total(total), "font-weight:600")}${number(
        words.before(language.total({ ...total, value: total.before })),
        QUIET,
      )}</tr>`,
  );
  const lists = report.lists.map(({ dimension, rows, ...list }) => {
    const printed = rows.map(
      (row) =>
        `<tr>${cell(language.rowName(dimension, row))}${number(language.visitors(row, list))}</tr>`,
    );
    const none = `<tr>${cell(words.noRows, QUIET)}</tr>`;
    return `<h2 style="margin:24px 0 6px;font-size:15px">${escaped(language.listName(dimension))}</h2>
${tableOf(printed.length === 0 ? [none] : printed)}`;
  });
  const noted = notes.map((note) => `<p style="${QUIET}">${escaped(note)}</p>`);
  return `<!doctype html>
<html lang="${language.language}">
<head><meta charset="utf-8"><title>${Bun.escapeHTML(title)}</title></head>
<body style="margin:0;padding:24px;background:#ffffff;color:#1b2330;font-size:14px;${FONT}">
<h1 style="margin:0 0 12px;font-size:20px">${escaped(title)}</h1>
${tableOf(totals)}
${[...lists, ...noted].join("\n")}
</body>
</html>
`;
}

function tableOf(rows: readonly string[]): string {
  return `<table style="width:100%;max-width:560px;border-collapse:collapse">\n${rows.join("\n")}\n</table>`;
}

function cell(text: string, style = ""): string {
  return `<td style="${CELL};word-break:break-word;${style}">${escaped(text)}</td>`;
}

function number(text: string, style = ""): string {
  return `<td style="${CELL};text-align:right;white-space:nowrap;${style}">${escaped(text)}</td>`;
}

/** Values are anybody's. Control characters are shown, and those that turn the direction of a line stay within their cell. */
function escaped(text: string): string {
  return `<bdi>${Bun.escapeHTML(printable(text))}</bdi>`;
}
