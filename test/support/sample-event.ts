import type { AnalyticsEvent, ReceivedEvent } from "../../src/event/event.ts";

/** Returns a valid event with a new id. */
export function sampleEvent(overrides: Partial<AnalyticsEvent> = {}): AnalyticsEvent {
  return {
    eventId: Bun.randomUUIDv7(),
    siteId: "example.com",
    eventType: "page_view",
    path: "/pricing",
    userId: "user-42",
    timestamp: "2026-01-15T09:30:00.000Z",
    ...overrides,
  };
}

/** Returns a valid event as read from the stream. */
export function sampleReceivedEvent(overrides: Partial<ReceivedEvent> = {}): ReceivedEvent {
  return { ...sampleEvent(), receivedAt: "2026-01-15T09:30:00.250Z", ...overrides };
}

/** Returns a valid body of `POST /event`. */
export function sampleBody(overrides: Readonly<Record<string, unknown>> = {}) {
  return {
    site_id: "example.com",
    event_type: "page_view",
    path: "/pricing",
    user_id: "user-42",
    timestamp: "2026-01-15T09:30:00Z",
    event_id: "9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5b",
    ...overrides,
  };
}
