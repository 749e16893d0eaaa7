/** An event as a fold test writes it. */
export interface PlainEvent {
  readonly at: number;
  readonly user: string;
  readonly event_type: string;
  readonly path: string;
  readonly hostname?: string;
  readonly session_id?: string;
  readonly referrer?: string;
  readonly utm_source?: string;
  readonly utm_medium?: string;
  readonly utm_campaign?: string;
  readonly utm_term?: string;
  readonly utm_content?: string;
  readonly country?: string;
  readonly device?: string;
  readonly browser?: string;
  readonly os?: string;
  readonly screen?: string;
  readonly language?: string;
  readonly visitor?: string;
  /** The text of each value in JSON. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly engaged_ms?: number;
}
