/** What happened on a site. */
export interface Annotation {
  readonly annotation_id: string;
  /** A date, or a time of the site's clock, such as `2026-01-15T09:30`. */
  readonly when: string;
  readonly text: string;
}
