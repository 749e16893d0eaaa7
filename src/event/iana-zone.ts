/** Returns the zone under the name that the runtime gives it. An offset such as +02:00 is no zone of a place. */
export function ianaZone(text: string): string | undefined {
  if (!/^[a-z]/i.test(text)) return undefined;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    return timeZone;
  } catch {
    return undefined;
  }
}
