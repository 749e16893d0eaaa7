export type SourceCategory = "search" | "social" | "video" | "shopping" | "email" | "ai";

/**
 * A name stands for a campaign's source and for the brand's hosts under any top-level domain: `google` for `google.com` and `news.google.co.uk`.
 * A host stands for itself and its subdomains.
 */
const SOURCES: readonly (readonly [SourceCategory, string])[] = [
  [
    "search",
    "google, bing, yahoo, duckduckgo, yandex, baidu, ecosia, qwant, startpage, brave, sogou, naver, daum, " +
      "seznam, kagi, ask, aol, dogpile, mojeek, swisscows, lycos, webcrawler, rambler, ya.ru, 360.cn, " +
      "so.com, go.mail.ru, search.brave.com, nigma.ru, metager, presearch, coccoc, haosou.com, ntp.msn.com",
  ],
  [
    "social",
    "facebook, fb, instagram, ig, threads, twitter, x, t.co, x.com, linkedin, lnkd.in, reddit, redd.it, " +
      "pinterest, pin.it, tumblr, mastodon, bluesky, bsky.app, vk, vk.com, vkontakte, ok.ru, weibo, wechat, " +
      "telegram, t.me, whatsapp, wa.me, discord, discordapp, slack, snapchat, quora, github, " +
      "news.ycombinator.com, hacker news, lobste.rs, producthunt, medium, dev.to, stackoverflow, " +
      "stackexchange, flipboard, livejournal, xing, meetup, goodreads, mixi.jp, b.hatena.ne.jp, disqus, " +
      "nextdoor, fb.me, douban, lemmy, teams.microsoft.com, microsoft teams, steamcommunity, zalo.me, " +
      "line.me, messenger.com",
  ],
  [
    "video",
    "youtube, yt, youtu.be, vimeo, tiktok, twitch, dailymotion, bilibili, netflix, hulu, disneyplus, " +
      "iqiyi, youku, niconico, wistia, rumble, odysee, utreon, nicovideo.jp, peertube, crunchyroll",
  ],
  [
    "shopping",
    "amazon, ebay, etsy, aliexpress, alibaba, walmart, shopify, temu, shein, shopping.google.com, " +
      "google shopping, igshopping, rakuten, mercadolibre, taobao, zalando, shop.app, shopping.naver.com, " +
      "checkout.stripe.com, shopzilla, tmall",
  ],
  [
    "email",
    "gmail, outlook, hotmail, protonmail, mail.google.com, mail.yahoo.com, outlook.live.com, " +
      "outlook.office.com, mail.proton.me, mail.yandex.ru, mail.aol.com, mailchimp, sendgrid",
  ],
  [
    "ai",
    "chatgpt, openai, claude, claude.ai, perplexity, gemini.google.com, gemini, google gemini, copilot, " +
      "copilot.microsoft.com, deepseek, grok, phind, mistral, you.com, poe.com, meta.ai, chat.openai.com",
  ],
];

const CATEGORY_OF = new Map(
  SOURCES.flatMap(([category, names]) =>
    names.split(", ").map((name) => [name, category] as const),
  ),
);

/** Second-level domains under which countries register names. */
const SHARED_DOMAIN = /^(?:co|com|net|org|ne|or|ac|gov)$/;

/** Of the host names in the list. */
const LABELS_MAX = 4;

/** Returns what kind of site a source is, in any letter case. */
export function sourceCategory(source: string): SourceCategory | undefined {
  const labels = source.toLowerCase().split(".").slice(-LABELS_MAX);
  // The domain, then its parents but the top-level one.
  const domains = labels.map((_, i) => labels.slice(i).join("."));
  const known = domains
    .slice(0, Math.max(1, labels.length - 1))
    .find((each) => CATEGORY_OF.has(each));
  return CATEGORY_OF.get(known ?? brandOf(labels) ?? "");
}

/** Returns the label before the top-level domain. Short ones, such as x and fb, are names of many others. */
function brandOf(labels: readonly string[]): string | undefined {
  const isShared = labels.length > 2 && SHARED_DOMAIN.test(labels.at(-2) ?? "");
  const brand = labels.at(isShared ? -3 : -2);
  return brand !== undefined && brand.length > 2 ? brand : undefined;
}
