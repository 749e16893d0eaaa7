import { CommandFailure } from "../command-failure.ts";
import type { Servers } from "../servers.ts";

/** Returns where browsers of this machine find the dashboard. @throws CommandFailure for a process without an API. */
export function dashboardAddress({ apiUrl, config }: Servers): string {
  if (apiUrl !== null) return `${apiUrl}${config.basePath}/`;
  throw new CommandFailure(1, "This process has no API: give --url");
}
