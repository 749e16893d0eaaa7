/** A file of the dashboard, whose name changes with its contents. */
export interface BuiltFile {
  readonly name: string;
  readonly mediaType: string;
  /** By content coding, the smallest first, in base64. */
  readonly bodies: Readonly<Record<string, string>>;
}

export interface BuiltDashboard {
  readonly script: BuiltFile;
  readonly style: BuiltFile;
}
