import { describe, expect, test } from "bun:test";
import { mailMessage } from "../../src/cli/report/mail-message.ts";
import { parseMailboxes } from "../../src/cli/report/mailbox.ts";
import { printReport } from "../../src/cli/report/print-report.ts";
import type { SiteReport } from "../../src/cli/report/read-report.ts";
import { ReportWords } from "../../src/cli/report/report-words.ts";

const HOSTILE = `</td><script src=//evil.example></script><img src=x onerror="a()">`;
const REPORT: SiteReport = {
  totals: [
    { metric: "visitors", value: 12_345, before: 10, isApproximate: true },
    { metric: "bounce_rate", value: 45.5, before: null, isApproximate: false },
    { metric: "visit_duration", value: 83, before: 5, isApproximate: false },
  ],
  lists: [
    {
      dimension: "event:page",
      isApproximate: false,
      rows: [
        { name: HOSTILE, visitors: 7 },
        { name: "/a\r\nBcc: b@evil.example\u202e", visitors: 1 },
      ],
    },
    {
      dimension: "visit:country",
      isApproximate: true,
      rows: [
        { name: "DE", visitors: 3 },
        { name: null, visitors: 1 },
      ],
    },
    { dimension: "visit:source", rows: [], isApproximate: false },
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

  test("marks the numbers that are sums of days, and says so", () => {
    const { text, html } = print("en");
    expect(text).toMatch(/^Visitors +≈ 12,345 +Before: ≈ 10$/m);
    expect(text).toMatch(/^ +≈ 3 +Germany$/m);
    expect(text).toMatch(/^Bounce rate +45.5%/m);
    expect(text).toMatch(/^≈ Visitors without an id /m);
    expect(html).toContain("≈ 12,345");
    expect(html).toContain("≈ Visitors without an id ");
  });

  test("shows control characters and breaks no line by them", () => {
    expect(print("en").text).not.toMatch(/^Bcc/m);
    expect(print("en").html).not.toContain("\u202e");
  });
});

describe("a mail", () => {
  const options = {
    from: { text: "A <a@b.example>", address: "a@b.example" },
    to: parseMailboxes("c@d.example"),
    date: new Date(0),
  };

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
    const message = mailMessage(print("en"), { ...options, from: undefined, to: [] });
    expect(message).not.toMatch(/^(?:From|To):/m);
  });

  test("has a line for each recipient and an id of its sender's domain", () => {
    const to = parseMailboxes(`"Doe, J" <j@d.example>, c@d.example`);
    const message = mailMessage(print("en"), { ...options, to });
    expect(message).toContain(`\r\nTo: "Doe, J" <j@d.example>,\r\n c@d.example\r\n`);
    expect(message).toMatch(/^Message-ID: <[\da-f-]{36}@b\.example>\r$/m);
  });
});

describe("parseMailboxes", () => {
  test("adds to those of the options before", () => {
    const to = parseMailboxes("Team <c@d.example>", parseMailboxes("a@b.example, e@f.example"));
    expect(to.map(({ address }) => address)).toEqual(["a@b.example", "e@f.example", "c@d.example"]);
  });

  test.each([
    "",
    "a",
    ",",
    "a@b.example,,c@d.example,d",
    "a@b.example c@d.example",
    "<a@b.example",
    "a@b.example\nBcc: c@d.example",
    "a@b.example\r\n",
    "A\r\nBcc: c@d.example <a@b.example>",
    `"A\r\nB" <a@b.example>`,
    "a@b.example>\r\nDATA",
    "a@b.example\u2028",
    "\u0000a@b.example",
    "ä@b.example",
    `"c@d.example x"@b.example`,
    `${"a".repeat(65)}@b.example`,
    `a@${"b".repeat(320)}`,
  ])("refuses %j", (value) => {
    expect(() => parseMailboxes(value)).toThrow("Expected an address");
  });

  test("refuses more than a hundred", () => {
    const value = Array.from({ length: 101 }, (_, at) => `a${at}@b.example`).join(",");
    expect(() => parseMailboxes(value)).toThrow("Expected at most 100 addresses");
  });
});
