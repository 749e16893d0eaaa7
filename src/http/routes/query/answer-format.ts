import { InvalidFieldsError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import { ANSWER_FORMATS, type AnswerFormat } from "../../../reporting/questions/messages.ts";

export const MEDIA_TYPES: Readonly<Record<AnswerFormat, string>> = {
  json: "application/json",
  csv: "text/csv",
  ndjson: "application/x-ndjson",
};

/** Returns the format of `format=`, or else what `Accept` prefers, or else JSON. @throws InvalidFieldsError. */
export function answerFormat(format: string | undefined, accept: string | null): AnswerFormat {
  if (format === undefined) return acceptedFormat(accept ?? "");
  const known = ANSWER_FORMATS.find((each) => each === format);
  if (known !== undefined) return known;
  const message = `Expected format to be one of ${ANSWER_FORMATS.join(", ")}, got ${describeValue(format)}`;
  throw new InvalidFieldsError({ format: message });
}

/** RFC 9110, 12.5.1. */
function acceptedFormat(accept: string): AnswerFormat {
  const qualities = new Map(accept.split(",").map(acceptedRange));
  const qualityOf = (format: AnswerFormat): number => {
    const mediaType = MEDIA_TYPES[format];
    const ofType = `${mediaType.split("/", 1)[0]}/*`;
    return qualities.get(mediaType) ?? qualities.get(ofType) ?? qualities.get("*/*") ?? 0;
  };
  return ANSWER_FORMATS.reduce((best, format) =>
    qualityOf(format) > qualityOf(best) ? format : best,
  );
}

function acceptedRange(text: string): readonly [range: string, quality: number] {
  const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
  return [range, Number(quality)];
}
