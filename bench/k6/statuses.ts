/** Statuses that are counted one by one: those in docs/api.md, those of proxies, and 0 for no response. */
export const STATUSES = [
  "0",
  "200",
  "400",
  "401",
  "403",
  "404",
  "405",
  "408",
  "409",
  "413",
  "415",
  "422",
  "429",
  "500",
  "501",
  "502",
  "503",
  "504",
  "other",
] as const;

/** Returns the status as it is counted. */
export function countedStatus(status: number): string {
  return STATUSES.find((known) => known === String(status)) ?? "other";
}

/** Whether the event may be stored although it was not accepted: there was no response, or a 5xx. */
export function isUnknown(status: number): boolean {
  return status === 0 || status >= 500;
}
