// Bodies whose length nobody has promised: read by the chunk and counted.

/**
 * Reads `stream` until its end, or until more than `bytes_max` have come; then the rest is
 * cancelled and `is_cut` is true. `bytes` is what was counted. Rejects for a chunk that has none.
 */
export async function read_chunks(stream, bytes_max) {
  const chunks = [];
  let bytes = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return { chunks, bytes, is_cut: false };
    }
    if (!ArrayBuffer.isView(value)) {
      throw new TypeError('a stream of a body gives what is no Uint8Array');
    }
    chunks.push(value);
    bytes += value.byteLength;
    if (bytes > bytes_max) {
      reader.cancel().catch(() => {});
      return { chunks, bytes, is_cut: true };
    }
  }
}

/** The first `bytes` of the chunks as one. */
export function join_chunks(chunks, bytes) {
  if (chunks.length === 1) {
    return chunks[0].subarray(0, bytes);
  }
  const joined = new Uint8Array(bytes);
  let position = 0;
  for (const chunk of chunks) {
    const piece = chunk.subarray(0, bytes - position);
    joined.set(piece, position);
    position += piece.byteLength;
  }
  return joined;
}
