export interface Look {
  readonly name: string;
  readonly colorScheme: "light" | "dark";
  readonly width: number;
  readonly height: number;
}

export const LARGE: readonly Look[] = [
  { name: "light", colorScheme: "light", width: 1_280, height: 860 },
  { name: "dark", colorScheme: "dark", width: 1_280, height: 860 },
];

const SMALL_LIGHT: Look = { name: "small-light", colorScheme: "light", width: 390, height: 844 };
const SMALL_DARK: Look = { name: "small-dark", colorScheme: "dark", width: 390, height: 844 };

/** Leaves out the small dark one, to keep the folder small. */
export const ONE_SMALL: readonly Look[] = [...LARGE, SMALL_LIGHT];

export const LOOKS: readonly Look[] = [...ONE_SMALL, SMALL_DARK];
