import { Elysia } from "elysia";
import { describeAnswers } from "./api-description.ts";
import { errorAnswer } from "./error-answer.ts";

/**
 * `GET /health/live`: this thread's loop turns. `GET /health/ready`: events can be accepted now.
 * `checkReady` rejects with why not; PostgreSQL being away is no reason, since ingest does not need it.
 */
export function healthRoute(checkReady: () => Promise<void>) {
  return new Elysia()
    .get("/health/live", () => Response.json({ status: "live" }), {
      detail: {
        summary: "Is the server running?",
        tags: ["health"],
        responses: describeAnswers({
          status: 200,
          answer: { description: "It answers.", example: { status: "live" } },
          errors: [],
        }),
      },
    })
    .get("/health/ready", async () => await answerReady(checkReady), {
      detail: {
        summary: "Can it accept events?",
        tags: ["health"],
        responses: describeAnswers({
          status: 200,
          answer: { description: "Redis takes events.", example: { status: "ready" } },
          errors: ["stream_unavailable"],
        }),
      },
    });
}

async function answerReady(checkReady: () => Promise<void>): Promise<Response> {
  try {
    await checkReady();
    return Response.json({ status: "ready" });
  } catch (error) {
    return errorAnswer(error);
  }
}
