/* Postern's gate as a C library: the four calls of the module (docs/ABI.md), each a frame in and a
 * frame out. The gate decides; whoever embeds it performs the effects that it asks for, and reports
 * what came out. It opens no file, no socket and no thread, has no clock and no randomness.
 *
 * Frames are bytes as docs/ABI.md has them: its first byte is `postern_abi_version()`. A call takes
 * a frame of at most `postern_frame_bytes_max()` bytes, reads it while the call runs, and keeps a
 * copy of the configuration's only. */

#ifndef POSTERN_H
#define POSTERN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One configuration and the room for one call. Calls of one gate follow each other, from any
 * thread; gates know nothing of each other. All that is known of a delivery is in its tickets, so
 * any gate of the same policy and secrets goes on where another one stopped. */
typedef struct postern_gate postern_gate;

typedef enum postern_status {
  POSTERN_OK = 0,
  /* The frame is too short, too long, or holds an unknown number; or nothing was configured.
   * Whoever made the frame is to blame, never a sender. */
  POSTERN_MALFORMED = 1,
  /* The frame is longer than `postern_frame_bytes_max()`. */
  POSTERN_TOO_LARGE = 2,
  /* There is no memory for this call. Nothing has changed; the same call may be made again. */
  POSTERN_NO_MEMORY = 3
} postern_status;

/* An answer: `size` bytes at `data`, which belong to the gate and stay as they are until its next
 * call or its end. `{NULL, 0}` whenever the status is not `POSTERN_OK`. */
typedef struct postern_answer {
  const uint8_t* data;
  size_t size;
} postern_answer;

/* The version of the frames; 1. */
uint32_t postern_abi_version(void);

/* Longest frame in bytes: the largest body that a policy may allow, and 1 MiB for what goes along.
 */
size_t postern_frame_bytes_max(void);

/* A gate without a policy, or NULL when there is no memory. It takes 256 KiB, a configuration 2 MiB
 * and more (up to 9 MiB), a call some MiB and up to five times its frame; what it took for the
 * largest so far it keeps. */
postern_gate* postern_gate_new(void);

/* Overwrites what the gate holds, secrets among it, and gives it back. NULL is allowed. */
void postern_gate_free(postern_gate* gate);

/* Takes the policy file that `postern compile` wrote, and the values of its settings. Replaces what
 * was configured before; a malformed frame leaves the gate without a policy. The frame's bytes hold
 * secrets: overwrite yours afterwards. */
postern_status postern_configure(postern_gate* gate, const void* frame, size_t frame_size,
                                 postern_answer* answer);

/* A delivery arrives. The answer is a step: an effect to perform, and a ticket. */
postern_status postern_begin(postern_gate* gate, const void* frame, size_t frame_size,
                             postern_answer* answer);

/* The last step's ticket and what came of its effect. The answer is the next step. */
postern_status postern_resume(postern_gate* gate, const void* frame, size_t frame_size,
                              postern_answer* answer);

/* One operation of the ledger on one row, for a store that applies it in one atomic step. Needs no
 * policy. */
postern_status postern_ledger(postern_gate* gate, const void* frame, size_t frame_size,
                              postern_answer* answer);

#ifdef __cplusplus
}
#endif

#endif
