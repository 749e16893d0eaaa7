/** Steps of a loop between two looks at the time: less than a millisecond. */
export const PIECE_STEPS = 65_536;
