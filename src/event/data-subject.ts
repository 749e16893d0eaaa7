import { SITE_ID_BYTES_MAX, USER_ID_BYTES_MAX } from "./limits.ts";
import { isText } from "./text-field.ts";

/** Whose data to forget: one user of a site, or without `userId` all of the site. */
export interface DataSubject {
  readonly siteId: string;
  readonly userId: string | undefined;
}

/**
 * Returns whether an entry's fields are the subject's. An entry that names no valid site, or no valid user, is the subject's when it
 * mentions the id anywhere: another program may have written it in a form of its own.
 */
export function belongsTo(
  { siteId, userId }: DataSubject,
  fields: Readonly<Record<string, string>>,
): boolean {
  const { site_id: site, user_id: user } = fields;
  const namesSite = isText(site, SITE_ID_BYTES_MAX);
  if (namesSite && site !== siteId) return false;
  if (userId === undefined) return namesSite || mentions(fields, siteId);
  if (isText(user, USER_ID_BYTES_MAX)) return user === userId;
  return mentions(fields, userId);
}

/** Not as a part of a longer word or number. JSON within a field may have escaped the id. */
function mentions(fields: Readonly<Record<string, string>>, id: string): boolean {
  const escaped = JSON.stringify(id).slice(1, -1);
  const alternatives = [...new Set([id, escaped])].map(asPattern).join("|");
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives})(?![\\p{L}\\p{N}])`, "u");
  return Object.entries(fields).some((texts) => texts.some((text) => pattern.test(text)));
}

function asPattern(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}/]/g, String.raw`\$&`);
}
