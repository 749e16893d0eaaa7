import type { Reply } from "../../protocols/protocol.ts";
import { eventHeaders } from "../cors.ts";
import { DROPPED_HEADER, refusalHeaders } from "../event-response.ts";

/** Transparent, 1 × 1. */
const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");
/** The code of an error, since an image has no room for it. */
const ERROR_HEADER = "X-QueueFlow-Error";

/** Returns an image, also for a refused event: a page or a mail shows it. */
export async function pixelResponse(
  request: Request,
  {
    status,
    error,
    retryAfterS,
    dropped,
  }: Pick<Reply, "status" | "error" | "retryAfterS" | "dropped">,
): Promise<Response> {
  const headers = {
    ...(error === undefined
      ? eventHeaders(request.headers.get("origin"))
      : { ...(await refusalHeaders(request, { error, retryAfterS })), [ERROR_HEADER]: error }),
    ...(dropped === undefined ? {} : { [DROPPED_HEADER]: dropped }),
    "Content-Type": "image/gif",
    "Cache-Control": "no-store",
  };
  return new Response(GIF, { status: error === undefined ? 200 : status, headers });
}
