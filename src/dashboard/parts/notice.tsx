import type { RequestFailure } from "../api/request.ts";
import { words } from "../words/words.ts";

/** What stands in the place of numbers that cannot be shown. */
export function FailureNotice({ failure }: { failure: RequestFailure }) {
  const { title, advice } = words.failures[failure.kind];
  return (
    <div class="notice" role="status">
      <strong>{title}</strong>
      <p class="quiet">{failure.kind === "refused" ? failure.message : advice}</p>
    </div>
  );
}

export function EmptyNotice({ text }: { text: string }) {
  return (
    <div class="notice">
      <p class="quiet">{text}</p>
    </div>
  );
}
