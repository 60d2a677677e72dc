/** What `action` gives while every clock of JavaScript says `now_ms`. One action at a time. */
export async function at_moment(now_ms, action) {
  const Real = globalThis.Date;
  globalThis.Date = class extends Real {
    constructor(...words) {
      super(...(words.length === 0 ? [now_ms] : words));
    }

    static now() {
      return now_ms;
    }
  };
  try {
    return await action();
  } finally {
    globalThis.Date = Real;
  }
}
