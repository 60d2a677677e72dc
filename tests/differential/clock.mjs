/** What `action` gives while `Date.now` says `now_ms`: for libraries that read the clock. */
export function at_moment(now_ms, action) {
  const real = Date.now;
  Date.now = () => now_ms;
  try {
    return action();
  } finally {
    Date.now = real;
  }
}
