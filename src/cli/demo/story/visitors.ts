import { Random, type Weighted } from "./random.ts";

export interface Visitor {
  readonly userId: string;
  readonly country: string;
  readonly language: string;
  readonly device: string;
  readonly browser: string;
  readonly os: string;
  readonly screen: string;
  /** Of the visitor's clock from UTC. */
  readonly offsetHours: number;
}

interface Country {
  readonly country: string;
  readonly languages: Weighted<string>;
  readonly offsetHours: number;
}

interface Machine {
  readonly device: string;
  readonly os: string;
  readonly browsers: Weighted<string>;
  readonly screens: Weighted<string>;
}

const COUNTRIES: Weighted<Country> = [
  [
    250,
    country("US", -6, [
      [9, "en-US"],
      [1, "es-US"],
    ]),
  ],
  [
    190,
    country("DE", 1, [
      [8, "de-DE"],
      [2, "en-GB"],
    ]),
  ],
  [95, country("GB", 0, [[1, "en-GB"]])],
  [64, country("FR", 1, [[1, "fr-FR"]])],
  [
    52,
    country("NL", 1, [
      [7, "nl-NL"],
      [3, "en-GB"],
    ]),
  ],
  [50, country("IN", 5.5, [[1, "en-IN"]])],
  [
    41,
    country("CA", -5, [
      [8, "en-CA"],
      [2, "fr-CA"],
    ]),
  ],
  [33, country("AT", 1, [[1, "de-AT"]])],
  [
    31,
    country("CH", 1, [
      [7, "de-CH"],
      [3, "fr-CH"],
    ]),
  ],
  [28, country("ES", 1, [[1, "es-ES"]])],
  [26, country("BR", -3, [[1, "pt-BR"]])],
  [24, country("PL", 1, [[1, "pl-PL"]])],
  [23, country("AU", 10, [[1, "en-AU"]])],
  [20, country("IT", 1, [[1, "it-IT"]])],
  [18, country("SE", 1, [[1, "sv-SE"]])],
  [16, country("JP", 9, [[1, "ja-JP"]])],
  [9, country("DK", 1, [[1, "da-DK"]])],
  [8, country("MX", -6, [[1, "es-MX"]])],
  [7, country("ZA", 2, [[1, "en-ZA"]])],
  [6, country("NZ", 12, [[1, "en-NZ"]])],
];

const PHONES: Weighted<Machine> = [
  [
    21,
    {
      device: "mobile",
      os: "iOS",
      browsers: [
        [9, "Safari"],
        [1, "Chrome"],
      ],
      screens: [
        [4, "390x844"],
        [3, "393x852"],
        [2, "430x932"],
        [1, "375x667"],
      ],
    },
  ],
  [
    19,
    {
      device: "mobile",
      os: "Android",
      browsers: [
        [15, "Chrome"],
        [3, "Samsung Internet"],
        [2, "Firefox"],
      ],
      screens: [
        [4, "412x915"],
        [3, "360x800"],
        [2, "384x832"],
      ],
    },
  ],
];
const COMPUTERS: Weighted<Machine> = [
  [
    30,
    {
      device: "desktop",
      os: "Windows",
      browsers: [
        [12, "Chrome"],
        [5, "Microsoft Edge"],
        [3, "Firefox"],
      ],
      screens: [
        [6, "1920x1080"],
        [3, "1536x864"],
        [2, "2560x1440"],
        [1, "1366x768"],
      ],
    },
  ],
  [
    20,
    {
      device: "desktop",
      os: "macOS",
      browsers: [
        [9, "Safari"],
        [8, "Chrome"],
        [2, "Firefox"],
      ],
      screens: [
        [4, "1512x982"],
        [3, "1440x900"],
        [2, "2560x1440"],
        [1, "1728x1117"],
      ],
    },
  ],
  [
    9,
    {
      device: "desktop",
      os: "Linux",
      browsers: [
        [6, "Firefox"],
        [4, "Chrome"],
      ],
      screens: [
        [5, "1920x1080"],
        [2, "2560x1440"],
        [1, "3840x2160"],
      ],
    },
  ],
  [
    3,
    {
      device: "tablet",
      os: "iOS",
      browsers: [[1, "Safari"]],
      screens: [
        [2, "820x1180"],
        [1, "1024x1366"],
      ],
    },
  ],
];

/** Returns the visitor of a number, always the same. `newness` is 0 at the first visitors and 1 at the last: more and more have phones. */
export function visitorOf(name: string, newness: number): Visitor {
  const random = new Random(name);
  const { languages, offsetHours, country: code } = random.choose(COUNTRIES);
  const machine = random.choose(random.happens(0.3 + 0.14 * newness) ? PHONES : COMPUTERS);
  return {
    userId: `visitor-${random.bits().toString(36)}${random.bits().toString(36)}`,
    country: code,
    language: random.choose(languages),
    device: machine.device,
    browser: random.choose(machine.browsers),
    os: machine.os,
    screen: random.choose(machine.screens),
    offsetHours,
  };
}

function country(code: string, offsetHours: number, languages: Weighted<string>): Country {
  return { country: code, offsetHours, languages };
}
