import { LANGUAGE_BYTES_MAX } from "../event/limits.ts";

const TAG = /^[ \t]*([a-z]{1,8}(?:-[a-z\d]{1,8})*)[ \t]*(?:[;,]|$)/i;

/** Returns the first language of an `Accept-Language` header, which is the one that its reader prefers, or undefined. */
export function firstLanguage(acceptLanguage: string | null): string | undefined {
  const tag = TAG.exec(acceptLanguage ?? "")?.[1];
  return tag !== undefined && tag.length <= LANGUAGE_BYTES_MAX ? tag : undefined;
}
