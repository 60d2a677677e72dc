/* Says what the gate makes of one delivery, until the first effect that needs the world:
 *
 *   look POLICY PATH 'name: value'... < BODY
 *
 * POLICY is what `postern compile` wrote; the values of its settings come from the environment, the
 * header lines are sorted by name, as Fetch gives them. Prints `answer STATUS` for a delivery that
 * is refused, and else the number of the effect that comes first (docs/ABI.md): 6 is `claim`, so
 * the delivery is genuine, and its event is to be looked up in the ledger. */

#include <postern.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { effect_answer = 11, head_bytes = 12, policy_bytes_max = 1 << 20, body_bytes_max = 1 << 16 };

struct frame {
  size_t size;
  uint8_t bytes[2 << 20];
};

static void stop(const char* why) {
  fprintf(stderr, "look: %s\n", why);
  exit(2);
}

static void put(struct frame* frame, const void* bytes, size_t size) {
  if (size > sizeof frame->bytes - frame->size) stop("this is more than fits into a frame of ours");
  memcpy(frame->bytes + frame->size, bytes, size);
  frame->size += size;
}

static void put_number(struct frame* frame, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    const uint8_t byte = (uint8_t)(value >> (8 * i));
    put(frame, &byte, 1);
  }
}

static void put_text16(struct frame* frame, const char* text, size_t size) {
  put_number(frame, size, 2);
  put(frame, text, size);
}

static size_t read_all(FILE* file, uint8_t* to, size_t room) {
  const size_t size = file == NULL ? 0 : fread(to, 1, room, file);
  if (file == NULL || ferror(file) || fgetc(file) != EOF)
    stop("an input cannot be read, or is too long");
  return size;
}

/* The policy, and the values of the settings, whose names stand behind its eight bytes of magic and
 * four of features. */
static void put_configuration(struct frame* frame, const char* file) {
  static uint8_t policy[policy_bytes_max];
  const size_t size = read_all(fopen(file, "rb"), policy, sizeof policy);
  if (size < head_bytes + 2) stop("this is no policy");
  put_number(frame, postern_abi_version(), 1);
  put_number(frame, size, 4);
  put(frame, policy, size);

  size_t at = head_bytes;
  const unsigned settings = policy[at] | policy[at + 1] << 8;
  put_number(frame, settings, 2);
  at += 2;
  for (unsigned i = 0; i < settings; ++i) {
    if (size - at < 2) stop("this is no policy");
    const size_t length = policy[at] | (size_t)policy[at + 1] << 8;
    char name[1024];
    at += 2;
    if (length >= sizeof name || length > size - at) stop("this is no policy");
    memcpy(name, policy + at, length);
    name[length] = '\0';
    at += length;
    const char* value = getenv(name);
    put_text16(frame, value == NULL ? "" : value, value == NULL ? 0 : strlen(value));
  }
}

static void put_delivery(struct frame* frame, const char* path, char** lines, unsigned count) {
  static uint8_t body[body_bytes_max];
  uint8_t token[16];
  FILE* chance = fopen("/dev/urandom", "rb");
  if (chance == NULL || fread(token, sizeof token, 1, chance) != 1) stop("there is no randomness");
  fclose(chance);
  const size_t size = read_all(stdin, body, sizeof body);

  put_number(frame, postern_abi_version(), 1);
  put_number(frame, (uint64_t)time(NULL) * 1000, 8);
  put(frame, token, sizeof token);
  put_number(frame, 1 | 2, 1); /* By https; the body is in the frame. */
  put_text16(frame, "POST", 4);
  put_text16(frame, path, strlen(path));
  put_text16(frame, "", 0);
  put_text16(frame, "192.0.2.1", 9);
  put_number(frame, 0, 1); /* No tenant. */
  put_number(frame, count, 2);
  for (unsigned i = 0; i < count; ++i) {
    const char* colon = strstr(lines[i], ": ");
    if (colon == NULL) stop("a header is 'name: value'");
    put_text16(frame, lines[i], (size_t)(colon - lines[i]));
    put_text16(frame, colon + 2, strlen(colon + 2));
  }
  put_number(frame, size, 8);
  put_number(frame, size, 4);
  put(frame, body, size);
}

int main(int count, char** words) {
  if (count < 3) stop("usage: look POLICY PATH ['name: value'...] < BODY");
  postern_gate* gate = postern_gate_new();
  if (gate == NULL) stop("there is no memory");

  static struct frame frame;
  postern_answer answer;
  put_configuration(&frame, words[1]);
  const postern_status configured = postern_configure(gate, frame.bytes, frame.size, &answer);
  memset(&frame, 0, sizeof frame);
  if (configured != POSTERN_OK) stop("the gate does not take this policy");

  put_delivery(&frame, words[2], words + 3, (unsigned)count - 3);
  if (postern_begin(gate, frame.bytes, frame.size, &answer) != POSTERN_OK || answer.size < 5) {
    stop("the gate does not take this delivery");
  }
  /* A step: version, effect, whether it wants the body, the ticket, and the effect's payload. */
  const unsigned effect = answer.data[1];
  const size_t payload = 5 + (answer.data[3] | (size_t)answer.data[4] << 8);
  if (effect == effect_answer && answer.size >= payload + 3) {
    printf("answer %u\n", answer.data[payload + 1] | answer.data[payload + 2] << 8);
  } else {
    printf("effect %u\n", effect);
  }
  postern_gate_free(gate);
  return 0;
}
