/** A sample of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\.)*)"/gi;

export class Scrape {
  readonly text: string;
  readonly samples: readonly Sample[];

  /**
   * Reads Prometheus's text format.
   *
   * @throws Error at a line that is not of it.
   */
  constructor(text: string) {
    this.text = text;
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    this.samples = lines.map(sampleOf);
  }

  /** Names of all samples. */
  get names(): ReadonlySet<string> {
    return new Set(this.samples.map(({ name }) => name));
  }

  /** Returns the samples with this name and at least these labels. */
  all(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  }

  /** Returns the value of the only sample that matches; undefined when there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const [first, second] = this.all(name, labels);
    if (second !== undefined) throw new Error(`Expected one sample of ${name}, got more`);
    return first?.value;
  }
}

/** Scrapes an engine on a new connection, which any thread may accept. */
export async function scrape({ url }: { readonly url: string }): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`, { headers: { Connection: "close" } });
  if (response.status !== 200) throw new Error(`Expected 200, got ${response.status}`);
  return new Scrape(await response.text());
}

function sampleOf(line: string): Sample {
  const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`Expected a sample, got ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label = "", text = ""]) => [label, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
