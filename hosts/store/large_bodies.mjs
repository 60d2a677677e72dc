// Bodies that an isolate must not have too many of: it has 128 MB for all that goes on in it, and
// each body is there twice while it comes.

/** A body up to this is no matter: a batch has few. */
export const small_bytes_max = 1 << 20;

/** Most bytes of larger bodies under way. The largest body that a policy can allow fits. */
export const large_bytes_max = 32 << 20;

export class LargeBodies {
  #bytes = 0;
  #last = Promise.resolve();

  /**
   * Reads what is owed by `read(bytes_max)`, whose result has a `body`, null where it has more; or
   * null when nothing is owed. Hands it to `use`, and gives what that gives. A large body is read
   * when the large ones before it have been, and `use` sees null while there is no room.
   */
  async with_body(read, use) {
    const owed = await read(small_bytes_max);
    if (owed === null || owed.body !== null) {
      return use(owed);
    }
    const reading = this.#last.then(async () => {
      const large = await read(large_bytes_max - this.#bytes);
      this.#bytes += large?.body?.byteLength ?? 0;
      return large;
    });
    this.#last = reading.catch(() => {});
    const large = await reading;
    try {
      return await use(large);
    } finally {
      this.#bytes -= large?.body?.byteLength ?? 0;
    }
  }
}
