import { describe, expect, test } from "bun:test";
import { type ChannelFields, channelOf } from "../../../src/reporting/query/acquisition/channel.ts";
import { sourceOf } from "../../../src/reporting/query/acquisition/source.ts";
import { sourceCategory } from "../../../src/reporting/query/acquisition/source-category.ts";

describe("the source", () => {
  test.each([
    [{ referrer: "https://www.google.com/search?q=x" }, "google.com"],
    [{ referrer: "https://News.YCombinator.com/" }, "news.ycombinator.com"],
    [{ referrer: "http://localhost:8080/a" }, "localhost"],
    [{ referrer: "http://www.www.example/" }, "www.example"],
    [{ referrer: "https://münchen.example/" }, "xn--mnchen-3ya.example"],
    [{ referrer: "android-app://com.google.android.gm/" }, "com.google.android.gm"],
    [{ referrer: "https://google.com/", utmSource: "Newsletter" }, "Newsletter"],
    [{ referrer: "https://google.com/", utmSource: "" }, "google.com"],
    [{ referrer: "https://a.example/x", hostname: "a.example" }, null],
    [{ referrer: "https://www.a.example/x", hostname: "A.example" }, null],
    [{ referrer: "https://a.example:8443/x", hostname: "www.a.example" }, null],
    [{ referrer: "https://b.a.example/x", hostname: "a.example" }, "b.a.example"],
    [{ referrer: "https://a.example/x", hostname: "a.example", utmSource: "ad" }, "ad"],
    [{ referrer: "google.com" }, null],
    [{ referrer: "mailto:a@b.example" }, null],
    [{ referrer: "" }, null],
    [{}, null],
  ])("of %j is %j", (fields, expected) => {
    expect(sourceOf({ utmSource: null, referrer: null, hostname: null, ...fields })).toBe(expected);
  });
});

describe("the kind of site", () => {
  test.each([
    ["google", "search"],
    ["Google.com", "search"],
    ["google.co.uk", "search"],
    ["news.google.com", "search"],
    ["mail.google.com", "email"],
    ["gemini.google.com", "ai"],
    ["shopping.google.com", "shopping"],
    ["uk.search.yahoo.com", "search"],
    ["l.facebook.com", "social"],
    ["t.co", "social"],
    ["x.com", "social"],
    ["x", "social"],
    ["Hacker News", "social"],
    ["youtu.be", "video"],
    ["amazon.de", "shopping"],
    ["chatgpt.com", "ai"],
    ["box.com", undefined],
    ["x.org", undefined],
    ["notgoogle.com", undefined],
    ["google.example.com", undefined],
    ["com", undefined],
    ["", undefined],
    ["example.com", undefined],
    [`${"a.".repeat(5)}facebook.com`, "social"],
  ] as const)("of %s is %p", (source, expected) => {
    expect(sourceCategory(source)).toBe(expected);
  });
});

describe("the channel", () => {
  const none: ChannelFields = { source: null, utmSource: null, utmMedium: null, utmCampaign: null };

  test.each([
    [{}, "Direct"],
    [{ source: "" }, "Direct"],
    [{ source: "example.com" }, "Referral"],
    [{ source: "google.com" }, "Organic Search"],
    [{ source: "google", utmSource: "google", utmMedium: "CPC" }, "Paid Search"],
    [{ source: "google", utmMedium: "ppc" }, "Paid Search"],
    [{ source: "bing.com", utmSource: "google-ads" }, "Paid Search"],
    [{ source: "adwords", utmSource: "adwords" }, "Referral"],
    [{ source: "facebook.com" }, "Organic Social"],
    [{ source: "fb", utmMedium: "paid-social" }, "Paid Social"],
    [{ source: "facebook", utmSource: "facebook_ad" }, "Paid Social"],
    [{ source: "x", utmMedium: "social media" }, "Organic Social"],
    [{ source: "example.com", utmMedium: "sm" }, "Organic Social"],
    [{ source: "youtube.com" }, "Organic Video"],
    [{ source: "youtube", utmMedium: "cpv" }, "Paid Video"],
    [{ source: "youtube", utmMedium: "cpc" }, "Paid Video"],
    [{ source: "example.com", utmMedium: "video-ad" }, "Organic Video"],
    [{ source: "example.com", utmMedium: "banner" }, "Display"],
    [{ source: "example.com", utmMedium: "cpm" }, "Display"],
    [{ source: "example.com", utmMedium: "retargeting" }, "Paid Other"],
    [{ source: "amazon.com" }, "Organic Shopping"],
    [{ source: "amazon.com", utmMedium: "paid" }, "Paid Shopping"],
    [{ source: "example.com", utmCampaign: "Summer Shopping" }, "Organic Shopping"],
    [{ source: "example.com", utmCampaign: "eshop" }, "Organic Shopping"],
    [{ source: "example.com", utmCampaign: "workshop" }, "Referral"],
    [
      { source: "example.com", utmCampaign: "a cross-network b", utmMedium: "cpc" },
      "Cross-network",
    ],
    [{ source: "chatgpt.com" }, "AI Assistants"],
    [{ source: "newsletter", utmSource: "newsletter" }, "Email"],
    [{ source: "mail.google.com" }, "Email"],
    [{ source: "spring", utmMedium: "E-Mail" }, "Email"],
    [{ source: "p1", utmMedium: "affiliate" }, "Affiliates"],
    [{ source: "p1", utmMedium: "audio" }, "Audio"],
    [{ source: "sms", utmSource: "SMS" }, "SMS"],
    [{ source: "p1", utmMedium: "web-push" }, "Mobile Push Notifications"],
    [{ source: "Firebase" }, "Mobile Push Notifications"],
    [{ utmMedium: "referral" }, "Referral"],
    [{ utmMedium: "something" }, "Direct"],
  ] as const)("of %j is %s", (fields, expected) => {
    expect(channelOf({ ...none, ...fields })).toBe(expected);
  });
});
