/**
 * A signal that aborts when one of two does. `limited` has to abort in the end, as one with a time
 * limit does: where `AbortSignal.any` is missing, as on Vercel's edge, `other` knows of it until
 * then.
 */
export function either_signal(limited, other) {
  if (AbortSignal.any !== undefined) {
    return AbortSignal.any([limited, other]);
  }
  const first = new AbortController();
  const signals = [limited, other];
  const end = () => {
    signals.forEach((signal) => signal.removeEventListener('abort', end));
    first.abort(signals.find(({ aborted }) => aborted).reason);
  };
  signals.forEach((signal) => signal.addEventListener('abort', end));
  if (signals.some(({ aborted }) => aborted)) {
    end();
  }
  return first.signal;
}
