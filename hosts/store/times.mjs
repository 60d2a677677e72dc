// Times that the ledger and every store of it go by, in milliseconds.

/** Longest that a claim may wait, whatever the policy asks: senders give up in seconds. */
export const wait_ms_max = 5000;

/** Longer than any lease: an origin has at most two minutes. */
export const lease_ms_max = 10 * 60 * 1000;

/** How long a lease is remembered that nobody has ended: as long as what is done, usually. */
export const lease_kept_ms = 30 * 24 * 60 * 60 * 1000;

/** How long after its time a delivery that nobody drives is taken to have lost its message. */
export const overdue_ms = 60_000;

/** When a delivery that got a fresh message gets the next one, if nothing has become of it. */
export const resend_ms = 15 * 60 * 1000;

/** How long the next sweep waits while there is more to send. */
export const sweep_pause_ms = 1000;
