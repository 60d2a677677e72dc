// Names and times that all cases share.

/** The time of every store at the beginning of a case. */
export const start_ms = 1_800_000_000_000;

export const minute_ms = 60_000;
export const day_ms = 24 * 60 * minute_ms;

/** The key of a row, by a small number. */
export const key = (number) => number.toString(16).padStart(2, '0').repeat(32);
