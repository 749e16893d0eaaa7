import type { StaticFile } from "../../static-file.ts";

/** For a name that changes with the contents. */
export const IMMUTABLE = "public, max-age=31536000, immutable";

/** Returns the file in a coding that the client accepts, or a 304 if it has it. */
export function staticResponse(
  { headers }: Request,
  { hash, mediaType, bodies }: StaticFile,
  more: Readonly<Record<string, string>>,
): Response {
  // Weak, since it is the same for each coding.
  const common = { ...more, Vary: "Accept-Encoding", ETag: `W/"${hash}"` };
  const known = headers.get("if-none-match") ?? "";
  if (known === "*" || known.includes(`"${hash}"`)) {
    return new Response(null, { status: 304, headers: common });
  }
  const coding = acceptedCoding(headers.get("accept-encoding") ?? "", bodies.keys());
  return new Response(bodies.get(coding) ?? null, {
    headers: {
      ...common,
      "Content-Type": mediaType,
      ...(coding === "identity" ? {} : { "Content-Encoding": coding }),
    },
  });
}

/** Returns the first of `codings` that the client accepts (RFC 9110, 12.5.3); `identity` when it names none. */
export function acceptedCoding(accepted: string, codings: Iterable<string>): string {
  const refused = /;\s*q=0(?:\.0*)?$/;
  const named = accepted.split(",").map((part) => part.trim());
  const isAccepted = (coding: string) =>
    named.some((part) => part.split(";")[0]?.trim() === coding && !refused.test(part));
  return [...codings].find(isAccepted) ?? "identity";
}
