/** Microseconds of the machine's clock that never goes back: the same for all processes. */
export const now_us = () => Number(process.hrtime.bigint() / 1000n);
