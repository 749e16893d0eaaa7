import { describe, expect, test } from "bun:test";
import { mailMessage } from "../../src/cli/report/mail-message.ts";
import { printReport } from "../../src/cli/report/print-report.ts";
import type { SiteReport } from "../../src/cli/report/read-report.ts";
import { ReportWords } from "../../src/cli/report/report-words.ts";

const HOSTILE = `</td><script src=//evil.example></script><img src=x onerror="a()">`;
const REPORT: SiteReport = {
  totals: [
    { metric: "visitors", value: 12_345, before: 10 },
    { metric: "bounce_rate", value: 45.5, before: null },
    { metric: "visit_duration", value: 83, before: 5 },
  ],
  lists: [
    {
      dimension: "event:page",
      rows: [
        { name: HOSTILE, visitors: 7 },
        { name: "/a\r\nBcc: b@evil.example\u202e", visitors: 1 },
      ],
    },
    {
      dimension: "visit:country",
      rows: [
        { name: "DE", visitors: 3 },
        { name: null, visitors: 1 },
      ],
    },
    { dimension: "visit:source", rows: [] },
  ],
  incompleteDays: ["2026-01-06"],
};
const DATES = { from: "2026-01-05", to: "2026-01-11" };
const print = (language: "en" | "de", site = "shop.example") =>
  printReport(REPORT, { site, dates: DATES, language: new ReportWords(language) });

describe("a report", () => {
  test("is text in the language of its reader", () => {
    const { text } = print("de");
    expect(text).toContain("Besucher");
    expect(text).toContain("12.345");
    expect(text).toMatch(/45,5.%/);
    expect(text).toContain("1 min 23 s");
    expect(text).toContain("Deutschland");
    expect(print("en").text).toContain("12,345");
  });

  test("is HTML that runs and loads nothing", () => {
    const { html } = print("en", HOSTILE);
    expect(html).not.toMatch(/<script|<img|<link|<style|src=["']?http|url\(/);
    expect(html).toContain("&lt;script src=//evil.example&gt;");
    expect(html).toContain("Jan 6, 2026");
  });

  test("shows control characters and breaks no line by them", () => {
    expect(print("en").text).not.toMatch(/^Bcc/m);
    expect(print("en").html).not.toContain("\u202e");
  });
});

describe("a mail", () => {
  const options = { from: "a@b.example", to: "c@d.example", date: new Date(0) };

  test("has both as alternatives, and headers in ASCII", () => {
    const printed = print("de", `Läden "${"🎉".repeat(30)}"\r\nBcc: b@evil.example`);
    const message = mailMessage(printed, options);
    const [head = "", ...bodies] = message.split("\r\n\r\n");
    expect(head).toMatch(/^[\x20-\x7e\r\n]+$/);
    expect(head).not.toContain("Bcc");
    for (const line of message.split("\r\n")) expect(line.length).toBeLessThanOrEqual(100);
    const subject = /Subject: (.*?)\r\n(?! )/s.exec(head)?.[1] ?? "";
    const words = [...subject.matchAll(/=\?utf-8\?B\?(.*?)\?=/g)];
    expect(words.map(([, text = ""]) => Buffer.from(text, "base64").toString()).join("")).toBe(
      printed.title,
    );
    const [, text = "", , html = ""] = bodies.map((body) => Buffer.from(body, "base64").toString());
    expect([text, html]).toEqual([printed.text, printed.html]);
  });

  test("names nobody that was not given", () => {
    const message = mailMessage(print("en"), { ...options, from: undefined, to: undefined });
    expect(message).not.toMatch(/^(?:From|To):/m);
  });
});
