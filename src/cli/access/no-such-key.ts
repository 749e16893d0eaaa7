import { CommandFailure } from "../command-failure.ts";

export function noSuchKey(ids: readonly string[]): CommandFailure {
  return new CommandFailure(
    1,
    `There is no key ${ids.join(", ")}: \`queueflow keys list\` shows the IDs`,
  );
}
