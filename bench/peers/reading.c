/*
 * The reading side alone, without sockets: walks datagrams that lie in memory, as Tickwire's reading
 * side does, and shares no code with it.
 *
 *   reading IMAGE FRAMING DATAGRAMS_PER_SLOT MESSAGES_PER_DATAGRAM PASSES [CPU]
 *
 * IMAGE is a file with a slot ring (src/ring/layout.ts draws it) all of whose slots are filled. FRAMING
 * is raw or moldudp64. A pass reads all slots; between two passes the sequences are moved on, which is
 * not timed. Prints one line:
 *
 *   {"messages":N,"delivered":N,"gaps":N,"latencies":N,"ns":N}
 *
 * "ns" is processor time of the passes. For each slot: the ancillary data is parsed, the kernel's drop
 * counter compared, the datagram checked to the byte, its sequence unwrapped and compared; a short
 * datagram's messages are remembered by their hashes; for each message the latency is put into a
 * histogram with sum, minimum and maximum, the sequence in hand is noted, and a handler is called
 * through a pointer that the compiler cannot follow. Slots are taken by up to 64, with one reading of
 * the clock and one atomic store for each batch.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
  MESSAGE_BYTES = 29,
  SEQUENCE_AT = 16,
  BLOCK_HEADER_BYTES = 2,
  MOLD_HEADER_BYTES = 20,
  MOLD_SEQUENCE_AT = 10,
  MOLD_COUNT_AT = 18,
  RELEASED_AT = 128,
  SLOT_COUNT_AT = 512,
  SLOT_BYTES_AT = 516,
  HEADERS_AT = 640,
  HEADER_BYTES = 64,
  CONTROL_LENGTH_AT = 40,
  FLAGS_AT = 48,
  LENGTH_AT = 56,
  IOVEC_BYTES = 16,
  STAMP_BYTES = 96,
  NAME_BYTES = 32,
  CONTROL_BYTES = 80,
  LINE_BYTES = 64,
  BATCH = 64,
  REMEMBERED = 8192,
  CHEAP_BYTES = 96,
  SUB_BUCKET_BITS = 7,
  BUCKETS = (40 - SUB_BUCKET_BITS + 1) << SUB_BUCKET_BITS
};

#define NS_PER_SECOND 1000000000ull
#define SPREAD 0x9e3779b1u

static void fail(const char *what) {
  fprintf(stderr, "reading: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * NS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static uint32_t u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return le32toh(value);
}

static uint64_t u64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, 8);
  return le64toh(value);
}

static uint16_t be16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, 2);
  return be16toh(value);
}

static uint64_t be64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, 8);
  return be64toh(value);
}

/* The account. */
static struct {
  uint64_t datagrams, messages, expected, next, gaps, delivered, current, first_ns, last_ns;
  uint32_t drops;
  uint64_t kernel_drops, handled, released, invalid;
} account;

static struct {
  uint64_t sum, min, max, count[BUCKETS];
} latency = {.min = UINT64_MAX};

static void record(int64_t latency_ns) {
  uint64_t value = latency_ns > 0 ? (uint64_t)latency_ns : 0;
  if (value >= 1ull << 40) value = (1ull << 40) - 1;
  latency.sum += value;
  if (value > latency.max) latency.max = value;
  if (value < latency.min) latency.min = value;
  int shift = 0;
  if (value >> (SUB_BUCKET_BITS + 1)) shift = 63 - SUB_BUCKET_BITS - __builtin_clzll(value);
  latency.count[((uint64_t)shift << SUB_BUCKET_BITS) + (value >> shift)]++;
}

/* What the last messages said, each by a hash, so that a copy can be told from another message with its number. */
static struct {
  uint32_t sequence, hash;
} seen[REMEMBERED];
static uint64_t copies, conflicts;

/* Of a message of 29 octets: the last word overlaps the one before it. */
static uint32_t hash_of(const uint8_t *at) {
  uint32_t even = MESSAGE_BYTES, odd = SPREAD;
  for (uint32_t i = 0; i < 24; i += 8) {
    even = (even ^ u32(at + i)) * SPREAD;
    odd = (odd ^ u32(at + i + 4)) * SPREAD;
    even ^= even >> 15;
    odd ^= odd >> 15;
  }
  even = (even ^ u32(at + 21)) * SPREAD;
  odd = (odd ^ u32(at + 25)) * SPREAD;
  even ^= even >> 15;
  odd *= SPREAD;
  return even ^ odd ^ (odd >> 15);
}

static void remember(const uint8_t *message, uint32_t sequence) {
  uint32_t place = sequence % REMEMBERED, hash = hash_of(message);
  if (seen[place].sequence == sequence) {
    copies++;
    conflicts += seen[place].hash != hash;
    return;
  }
  seen[place].sequence = sequence;
  seen[place].hash = hash;
}

static uint64_t handled;
static void counting_handler(const uint8_t *message, uint32_t length, uint64_t sequence) {
  (void)message;
  (void)length;
  (void)sequence;
  handled++;
}
typedef void handler_function(const uint8_t *, uint32_t, uint64_t);
static handler_function *volatile chosen_handler = counting_handler;

struct stamp {
  uint64_t received_ns;
  uint32_t drops, segment_bytes;
};

static struct stamp read_stamp(const uint8_t *control, uint32_t length) {
  struct stamp stamp = {0, 0, 0};
  for (uint32_t at = 0; at + 16 <= length && length <= CONTROL_BYTES;) {
    uint32_t bytes = u32(control + at);
    int level = (int)u32(control + at + 8), type = (int)u32(control + at + 12);
    if (bytes < 16 || at + bytes > length) break;
    if (level == SOL_SOCKET && type == SO_TIMESTAMPNS && bytes >= 32)
      stamp.received_ns = u64(control + at + 16) * NS_PER_SECOND + u64(control + at + 24);
    else if (level == SOL_SOCKET && type == SO_RXQ_OVFL && bytes >= 20)
      stamp.drops = u32(control + at + 16);
    else if (level == IPPROTO_UDP && type == UDP_GRO && bytes >= 20)
      stamp.segment_bytes = u32(control + at + 16);
    at += (bytes + 7) & ~7u;
  }
  return stamp;
}

/* Checks a datagram; returns its messages, 0 if it is broken. */
static uint32_t open_raw(const uint8_t *data, uint32_t length, uint64_t *sequence) {
  if (length == 0 || length % MESSAGE_BYTES != 0) return 0;
  uint32_t count = length / MESSAGE_BYTES, first = u32(data + SEQUENCE_AT);
  for (uint32_t i = 1; i < count; i++)
    if (u32(data + i * MESSAGE_BYTES + SEQUENCE_AT) != first + i) return 0;
  /* The number nearest to the expected one that ends in these 32 bits. */
  *sequence = account.next + (uint64_t)(int64_t)(int32_t)(first - (uint32_t)account.next);
  return count;
}

static uint8_t session[10];

static uint32_t open_mold(const uint8_t *data, uint32_t length, uint64_t *sequence) {
  if (length < MOLD_HEADER_BYTES) return 0;
  uint32_t count = be16(data + MOLD_COUNT_AT), at = MOLD_HEADER_BYTES;
  for (uint32_t i = 0; i < count; i++) {
    if (length - at < BLOCK_HEADER_BYTES) return 0;
    at += BLOCK_HEADER_BYTES + be16(data + at);
    if (at > length) return 0;
  }
  if (at != length || memcmp(session, data, sizeof session) != 0) return 0;
  *sequence = be64(data + MOLD_SEQUENCE_AT);
  return count;
}

static void deliver_raw(const uint8_t *data, uint32_t count, uint64_t first, uint64_t wall_ns) {
  handler_function *handler = chosen_handler;
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *message = data + i * MESSAGE_BYTES;
    record((int64_t)(wall_ns - u64(message)));
    account.current = first + i;
    handler(message, MESSAGE_BYTES, first + i);
    account.delivered++;
  }
}

static void deliver_mold(const uint8_t *data, uint32_t count, uint64_t first, uint64_t wall_ns,
                         uint64_t received_ns) {
  handler_function *handler = chosen_handler;
  const uint8_t *at = data + MOLD_HEADER_BYTES;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t length = be16(at);
    record((int64_t)(wall_ns - received_ns));
    account.current = first + i;
    handler(at + BLOCK_HEADER_BYTES, length, first + i);
    account.delivered++;
    at += BLOCK_HEADER_BYTES + length;
  }
}

int main(int argc, char **argv) {
  if (argc < 6) {
    fprintf(stderr, "usage: reading IMAGE FRAMING DATAGRAMS MESSAGES PASSES [CPU]\n");
    return 2;
  }
  int mold = strcmp(argv[2], "moldudp64") == 0;
  uint32_t per_slot = (uint32_t)(atoi(argv[3]) * atoi(argv[4]));
  uint32_t segment_datagrams = (uint32_t)atoi(argv[3]);
  long passes = atol(argv[5]);
  if (argc > 6) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET((size_t)atoi(argv[6]), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) < 0) fail("sched_setaffinity");
  }
  int file = open(argv[1], O_RDONLY);
  if (file < 0) fail(argv[1]);
  off_t size = lseek(file, 0, SEEK_END);
  uint8_t *ring = malloc((size_t)size);
  if (ring == NULL) fail("malloc");
  for (off_t done = 0; done < size;) {
    ssize_t got = pread(file, ring + done, (size_t)(size - done), done);
    if (got <= 0) fail("read");
    done += got;
  }
  uint32_t slots = u32(ring + SLOT_COUNT_AT);
  size_t stamps = HEADERS_AT + (size_t)slots * (HEADER_BYTES + IOVEC_BYTES);
  size_t payloads = stamps + (size_t)slots * (STAMP_BYTES + NAME_BYTES);
  payloads = (payloads + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
  size_t lines = (u32(ring + SLOT_BYTES_AT) + LINE_BYTES - 1) / LINE_BYTES;
  size_t stride = (lines % 2 == 0 ? lines + 1 : lines) * LINE_BYTES;
  _Atomic uint32_t *published = (_Atomic uint32_t *)(void *)ring;
  _Atomic uint32_t *released = (_Atomic uint32_t *)(void *)(ring + RELEASED_AT);
  uint32_t index = 0, taken_until = 0;
  atomic_store(published, 0);
  atomic_store(released, 0);
  uint64_t sequence = mold ? be64(ring + payloads + MOLD_SEQUENCE_AT) : u32(ring + payloads + SEQUENCE_AT);
  if (mold) memcpy(session, ring + payloads, sizeof session);
  account.next = sequence;
  uint32_t control_length = segment_datagrams > 1 ? 56 : 32;

  uint64_t timed_ns = 0;
  for (long pass = 0; pass < passes; pass++) {
    uint64_t wall = now_ns(CLOCK_REALTIME), moved = htole64(wall);
    for (uint32_t slot = 0; slot < slots; slot++) {
      uint8_t *data = ring + payloads + slot * stride;
      uint8_t *stamp = ring + stamps + (size_t)slot * STAMP_BYTES;
      uint64_t time[2] = {htole64(wall / NS_PER_SECOND), htole64(wall % NS_PER_SECOND)};
      memcpy(stamp + 16, time, sizeof time);
      memcpy(ring + HEADERS_AT + slot * HEADER_BYTES + CONTROL_LENGTH_AT, &control_length, 4);
      if (mold) {
        uint64_t first = htobe64(sequence);
        memcpy(data + MOLD_SEQUENCE_AT, &first, 8);
      }
      for (uint32_t i = 0; i < per_slot; i++) {
        uint8_t *message = data + (mold ? MOLD_HEADER_BYTES + BLOCK_HEADER_BYTES : 0) +
                           i * (MESSAGE_BYTES + (mold ? BLOCK_HEADER_BYTES : 0));
        uint32_t number = htole32((uint32_t)sequence + i);
        memcpy(message, &moved, 8);
        memcpy(message + SEQUENCE_AT, &number, 4);
      }
      sequence += per_slot;
    }
    atomic_store(published, atomic_load(published) + slots);

    uint64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);
    for (;;) {
      uint32_t ready = taken_until - index;
      if (ready == 0) {
        taken_until = atomic_load(published);
        ready = taken_until - index;
        if (ready == 0) break;
      }
      uint32_t taken = ready < BATCH ? ready : BATCH;
      uint64_t wall_ns = now_ns(CLOCK_REALTIME);
      for (uint32_t i = 0; i < taken; i++) {
        uint32_t slot = (index + i) & (slots - 1);
        uint8_t *header = ring + HEADERS_AT + (size_t)slot * HEADER_BYTES;
        const uint8_t *data = ring + payloads + (size_t)slot * stride;
        uint32_t length = u32(header + LENGTH_AT);
        struct stamp stamp =
            read_stamp(ring + stamps + (size_t)slot * STAMP_BYTES, u32(header + CONTROL_LENGTH_AT));
        if (stamp.drops != account.drops) {
          account.kernel_drops += stamp.drops - account.drops;
          account.drops = stamp.drops;
        }
        uint64_t first = 0;
        uint32_t count = 0;
        if ((u32(header + FLAGS_AT) & MSG_TRUNC) == 0)
          count = mold ? open_mold(data, length, &first) : open_raw(data, length, &first);
        account.datagrams += stamp.segment_bytes > 0 ? (length + stamp.segment_bytes - 1) / stamp.segment_bytes : 1;
        if (count == 0) account.invalid++;
        else {
          if (first > account.next) {
            account.gaps++;
            account.expected += first - account.next;
          }
          if (account.messages == 0) account.first_ns = wall_ns;
          account.messages += count;
          account.expected += count;
          account.next = first + count;
          account.last_ns = wall_ns;
          if (!mold && length <= CHEAP_BYTES)
            for (uint32_t k = 0; k < count; k++) remember(data + k * MESSAGE_BYTES, (uint32_t)first + k);
          if (mold) deliver_mold(data, count, first, wall_ns, stamp.received_ns);
          else deliver_raw(data, count, first, wall_ns);
        }
        memcpy(header + CONTROL_LENGTH_AT, &(uint32_t){CONTROL_BYTES}, 4);
        account.handled++;
      }
      index += taken;
      account.released += taken;
      atomic_store(released, index);
      if (account.expected != account.delivered && account.gaps == 0) fail("the account");
    }
    timed_ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
  }
  uint64_t latencies = 0;
  for (int i = 0; i < BUCKETS; i++) latencies += latency.count[i];
  printf("{\"messages\":%llu,\"delivered\":%llu,\"gaps\":%llu,\"latencies\":%llu,\"ns\":%llu}\n",
         (unsigned long long)(per_slot * (uint64_t)slots * (uint64_t)passes),
         (unsigned long long)handled, (unsigned long long)account.gaps,
         (unsigned long long)latencies, (unsigned long long)timed_ns);
  free(ring);
  return 0;
}
