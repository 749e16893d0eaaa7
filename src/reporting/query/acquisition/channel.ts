import { sourceCategory } from "./source-category.ts";

export const CHANNELS = [
  "Cross-network",
  "Paid Shopping",
  "Paid Search",
  "Paid Social",
  "Paid Video",
  "Display",
  "Paid Other",
  "Organic Shopping",
  "Organic Social",
  "Organic Video",
  "AI Assistants",
  "Organic Search",
  "Email",
  "Affiliates",
  "Audio",
  "SMS",
  "Mobile Push Notifications",
  "Referral",
  "Direct",
] as const;
export type Channel = (typeof CHANNELS)[number];

export interface ChannelFields {
  readonly source: string | null;
  readonly utmSource: string | null;
  readonly utmMedium: string | null;
  readonly utmCampaign: string | null;
}

const PAID_MEDIUM = /cp|^ppc$|^retargeting$|^paid/;
const PAID_SOURCE = /^(?:adwords|fbad|gads|google ads|.*[-_]ads?|(?:fb|google|tiktok)ads)$/;
const DISPLAY_MEDIUM = /^(?:display|banner|expandable|interstitial|cpm)$/;
const SOCIAL_MEDIUM = /^(?:social|sm|social[- ](?:network|media))$/;
const EMAIL = /e[-_ ]?mail|newsletter/;
const PUSH_MEDIUM = /push$|mobile|notification/;
const REFERRAL_MEDIUM = /^(?:referral|app|link)$/;
/** "shop" but not "workshop" and the like, whose letter before is none but `e`, as in "eshop". */
const SHOPPING_CAMPAIGN = /(?:[^a-df-z]|^)shop|shopping/;

/** Returns the channel by which a visit came, by Plausible's rules, which are those of Google Analytics. */
export function channelOf({ source, utmSource, utmMedium, utmCampaign }: ChannelFields): Channel {
  const category = sourceCategory(source ?? "");
  const from = lower(utmSource);
  const medium = lower(utmMedium);
  const campaign = lower(utmCampaign);
  const isShopping = category === "shopping" || SHOPPING_CAMPAIGN.test(campaign);
  const isPaidMedium = PAID_MEDIUM.test(medium);
  const isPaid = isPaidMedium || PAID_SOURCE.test(from);

  if (campaign.includes("cross-network")) return "Cross-network";
  if (isShopping && isPaidMedium) return "Paid Shopping";
  if (category === "search" && isPaid) return "Paid Search";
  if (category === "social" && isPaid) return "Paid Social";
  if (category === "video" && isPaid) return "Paid Video";
  if (DISPLAY_MEDIUM.test(medium)) return "Display";
  if (isPaidMedium) return "Paid Other";
  if (isShopping) return "Organic Shopping";
  if (category === "social" || SOCIAL_MEDIUM.test(medium)) return "Organic Social";
  if (category === "video" || medium.includes("video")) return "Organic Video";
  if (category === "ai") return "AI Assistants";
  if (category === "search") return "Organic Search";
  if (category === "email" || EMAIL.test(from) || EMAIL.test(medium)) return "Email";
  if (medium === "affiliate") return "Affiliates";
  if (medium === "audio") return "Audio";
  if (from === "sms" || medium === "sms") return "SMS";
  if (PUSH_MEDIUM.test(medium) || lower(source) === "firebase") return "Mobile Push Notifications";
  if (REFERRAL_MEDIUM.test(medium) || (source ?? "") !== "") return "Referral";
  return "Direct";
}

function lower(text: string | null): string {
  return (text ?? "").toLowerCase();
}
