/*
 * ITCH 5.0 from memory with every field looked at, as Tickwire's bench does it, and shares no code with it.
 *
 *   itch FILE PASSES [CPU]
 *
 * FILE holds messages, each behind its length (u16, big-endian). Prints one line of JSON: `messages`, `sum` of all
 * fields modulo 2^32, `latestNs`, the latest time, and `ns`, the processor time of the thread.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
  fprintf(stderr, "itch: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static uint16_t u16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, 2);
  return be16toh(value);
}

static uint32_t u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return be32toh(value);
}

/* Both halves of 64 bits, or of a text of eight characters. */
static uint32_t halves(const uint8_t *at) { return u32(at) + u32(at + 4); }

static uint32_t sum;
static uint64_t latest, messages;

typedef void handler(const uint8_t *message, uint32_t length);

static void head(const uint8_t *m) {
  messages++;
  sum += (uint32_t)u16(m + 1) + u16(m + 3);
  uint64_t time = (uint64_t)u16(m + 5) << 32 | u32(m + 7);
  if (time > latest) latest = time;
}

static void add_order(const uint8_t *m, uint32_t length) {
  (void)length;
  head(m);
  sum += halves(m + 11) + m[19] + u32(m + 20) + halves(m + 24) + u32(m + 32);
}

static void add_order_with_mpid(const uint8_t *m, uint32_t length) {
  add_order(m, length);
  sum += u32(m + 36);
}

static void executed(const uint8_t *m, uint32_t length) {
  (void)length;
  head(m);
  sum += halves(m + 11) + u32(m + 19) + halves(m + 23);
}

static void executed_with_price(const uint8_t *m, uint32_t length) {
  executed(m, length);
  sum += m[31] + u32(m + 32);
}

static void cancel(const uint8_t *m, uint32_t length) {
  (void)length;
  head(m);
  sum += halves(m + 11) + u32(m + 19);
}

static void delete(const uint8_t *m, uint32_t length) {
  (void)length;
  head(m);
  sum += halves(m + 11);
}

static void replace(const uint8_t *m, uint32_t length) {
  (void)length;
  head(m);
  sum += halves(m + 11) + halves(m + 19) + u32(m + 27) + u32(m + 31);
}

static void trade(const uint8_t *m, uint32_t length) {
  (void)length;
  head(m);
  sum += halves(m + 11) + m[19] + u32(m + 20) + halves(m + 24) + u32(m + 32) + halves(m + 36);
}

static void broken(const uint8_t *m, uint32_t length) {
  (void)length;
  head(m);
  sum += halves(m + 11);
}

static void imbalance(const uint8_t *m, uint32_t length) {
  (void)length;
  head(m);
  sum += halves(m + 11) + halves(m + 19) + m[27] + halves(m + 28) + u32(m + 36) + u32(m + 40) + u32(m + 44) +
         m[48] + m[49];
}

static void other(const uint8_t *m, uint32_t length) {
  (void)m;
  messages++;
  sum += length;
}

/* What a user would plug in: called through a pointer, so that nothing is left out. */
static struct {
  handler *call;
  uint32_t length;
} handlers[256];

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: itch FILE PASSES [CPU]\n");
    return 2;
  }
  long passes = atol(argv[2]);
  if (argc > 3) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET((size_t)atoi(argv[3]), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) < 0) fail("sched_setaffinity");
  }
  int file = open(argv[1], O_RDONLY);
  if (file < 0) fail(argv[1]);
  off_t size = lseek(file, 0, SEEK_END);
  uint8_t *data = malloc((size_t)size);
  if (data == NULL) fail("malloc");
  for (off_t done = 0; done < size;) {
    ssize_t got = pread(file, data + done, (size_t)(size - done), done);
    if (got <= 0) fail("read");
    done += got;
  }
  for (int i = 0; i < 256; i++) handlers[i].call = other;
  handlers['A'].call = add_order, handlers['A'].length = 36;
  handlers['F'].call = add_order_with_mpid, handlers['F'].length = 40;
  handlers['E'].call = executed, handlers['E'].length = 31;
  handlers['C'].call = executed_with_price, handlers['C'].length = 36;
  handlers['X'].call = cancel, handlers['X'].length = 23;
  handlers['D'].call = delete, handlers['D'].length = 19;
  handlers['U'].call = replace, handlers['U'].length = 35;
  handlers['P'].call = trade, handlers['P'].length = 44;
  handlers['B'].call = broken, handlers['B'].length = 19;
  handlers['I'].call = imbalance, handlers['I'].length = 50;

  uint64_t start = now_ns();
  for (long pass = 0; pass < passes; pass++) {
    for (const uint8_t *at = data; at < data + size;) {
      uint32_t length = u16(at);
      const uint8_t *message = at + 2;
      if (length >= handlers[message[0]].length) handlers[message[0]].call(message, length);
      at = message + length;
    }
  }
  uint64_t spent = now_ns() - start;
  printf("{\"messages\":%llu,\"decoded\":%llu,\"sum\":%u,\"latestNs\":%llu,\"ns\":%llu}\n",
         (unsigned long long)messages, (unsigned long long)messages, sum, (unsigned long long)latest,
         (unsigned long long)spent);
  free(data);
  return 0;
}
