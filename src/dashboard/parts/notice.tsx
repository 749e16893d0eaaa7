import { useContext } from "preact/hooks";
import type { RequestFailure } from "../api/request.ts";
import { Routes } from "../app/route.ts";
import { presetPeriod } from "../report/period.ts";
import { words } from "../words/words.ts";
import { Link } from "./link.tsx";

/** What stands in the place of numbers that cannot be shown. */
export function FailureNotice({ failure }: { failure: RequestFailure }) {
  const { title, advice } = words.failures[failure.kind];
  return (
    <div class="notice" role="status">
      <strong>{title}</strong>
      <p class="quiet">{failure.kind === "refused" ? failure.message : advice}</p>
      {failure.kind === "too_much" && <OtherQuestions canBeShorter />}
      {failure.kind === "refused" && <OtherQuestions />}
    </div>
  );
}

/** A link may have named a segment that is gone, or ask for more than is counted at once. */
function OtherQuestions({ canBeShorter = false }: { canBeShorter?: boolean }) {
  // The pipeline has no questions.
  const view = useContext(Routes)?.view;
  if (view === undefined) return null;
  return (
    <div class="notice-actions">
      {canBeShorter && (
        <Link to={{ period: presetPeriod("28d"), unit: undefined }} class="button small">
          {words.tooMuch.shorter}
        </Link>
      )}
      {view.filters.length > 0 && (
        <Link to={{ filters: [] }} class="button small">
          {words.tooMuch.unfiltered}
        </Link>
      )}
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
