/** The sources that random events have, in lower case. The engine knows more. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  search: ["google", "google.com", "duckduckgo.com"],
  social: ["t.co", "news.ycombinator.com", "com.reddit.frontpage", "fb"],
  video: ["m.youtube.com"],
  ai: ["chatgpt.com"],
};

const IS_PAID_MEDIUM = "medium ~ '^(.*cp.*|ppc|retargeting|paid.*)$'";
const IS_SHOPPING = "campaign ~ '^(.*(([^a-df-z]|^)shop|shopping).*)$'";

/** The channels by Plausible's rules: the first whose condition holds. */
const RULES: readonly (readonly [channel: string, condition: string])[] = [
  ["Cross-network", "strpos(campaign, 'cross-network') > 0"],
  ["Paid Shopping", `${IS_SHOPPING} AND ${IS_PAID_MEDIUM}`],
  ["Paid Search", `${isOf("search")} AND ${IS_PAID_MEDIUM}`],
  ["Paid Social", `${isOf("social")} AND ${IS_PAID_MEDIUM}`],
  ["Paid Video", `${isOf("video")} AND ${IS_PAID_MEDIUM}`],
  ["Display", "medium IN ('display', 'banner', 'expandable', 'interstitial', 'cpm')"],
  ["Paid Other", IS_PAID_MEDIUM],
  ["Organic Shopping", IS_SHOPPING],
  ["Organic Social", `${isOf("social")} OR medium = 'social'`],
  ["Organic Video", `${isOf("video")} OR strpos(medium, 'video') > 0`],
  ["AI Assistants", isOf("ai")],
  ["Organic Search", isOf("search")],
  ["Email", "campaign_source ~ 'e[-_ ]?mail|newsletter' OR medium ~ 'e[-_ ]?mail|newsletter'"],
  ["Affiliates", "medium = 'affiliate'"],
  ["Audio", "medium = 'audio'"],
  ["SMS", "campaign_source = 'sms' OR medium = 'sms'"],
  ["Mobile Push Notifications", "medium ~ 'push$|mobile|notification'"],
  ["Referral", "medium IN ('referral', 'app', 'link') OR source <> ''"],
  ["Direct", "true"],
];

/** Returns an expression over the columns of a visit. Absent values are like empty ones. */
export function channelSql(): string {
  const whens = RULES.map(([channel, condition]) => `WHEN ${condition} THEN '${channel}'`);
  return `(
    SELECT CASE ${whens.join(" ")} END
    FROM (SELECT lower(coalesce(source, '')) AS source, lower(coalesce(utm_source, '')) AS campaign_source,
      lower(coalesce(utm_medium, '')) AS medium, lower(coalesce(utm_campaign, '')) AS campaign) AS of_visit)`;
}

function isOf(category: string): string {
  const names = CATEGORIES[category] ?? [];
  return `source IN (${names.map((name) => `'${name}'`).join(", ")})`;
}
