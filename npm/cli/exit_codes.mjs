/** As those of the native command. */
export const exit = Object.freeze({
  ok: 0, not_genuine: 1, usage: 2, unreadable: 3, unavailable: 4, defect: 5, interrupted: 130,
});
