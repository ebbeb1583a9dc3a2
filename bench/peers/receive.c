/*
 * The yardstick: what a plain C program receives with the system calls and socket options that
 * Tickwire uses. Shares no code with it.
 *
 *   receive PORT COUNT|0 IDLE_MS [BUFFER_BYTES] [BATCH] [CPU] [GRO]
 *
 * Listens on all IPv4 addresses and says "ready" on standard error. Ends after COUNT messages, or
 * when nothing has come for IDLE_MS (0: never) after the first datagram, or on SIGINT or SIGTERM.
 * A datagram holds one or more 29-byte messages; with GRO 1 the kernel may glue several datagrams
 * together, which looks the same. Prints one line:
 *
 *   {"received":N,"kernelDrops":N,"gaps":N,"seconds":S,
 *    "latencyNs":{"p50":N,"p99":N,"p999":N,"max":N},
 *    "missing":N,"late":N,"invalid":N,"receiveBufferBytes":N}
 *
 * The first message that comes says where the sequence starts. "gaps" is how often it jumped ahead,
 * "missing" how many messages were jumped over, "late" how many came with a sequence already passed
 * (each may be one of the missing, or a duplicate), "invalid" the datagrams that are not whole
 * messages. "seconds" runs from the first message to the last. Latencies run from a message's time
 * stamp to the return of the system call that brought it, and are null when nothing came.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

enum {
  MESSAGE_BYTES = 29,
  BATCH_MAX = 1024,
  SLOT_BYTES = 2048,
  TRAIN_BYTES = 65536,
  CONTROL_BYTES = 96, /* a struct timespec, a u32 and an int, each behind a 16-byte header */
  MEMINFO_WORDS = 9,
  MEMINFO_DROPS = 8,
  SUB_BUCKET_BITS = 7,
  BUCKETS = (40 - SUB_BUCKET_BITS + 1) << SUB_BUCKET_BITS /* up to 2^40 ns */
};

static uint64_t buckets[BUCKETS];
static uint64_t latency_count, latency_max;
static volatile sig_atomic_t stopped;

static void on_signal(int signal_number) {
  (void)signal_number;
  stopped = 1;
}

static uint64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static unsigned long long number(const char *text, const char *name, unsigned long long max) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > max) {
    fprintf(stderr, "receive: %s is \"%s\", not a number from 0 to %llu\n", name, text, max);
    exit(2);
  }
  return value;
}

static void fail(const char *what) {
  fprintf(stderr, "receive: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* 128 buckets for each doubling: 0.8 % of relative error at most. */
static void record_latency(int64_t latency_ns) {
  uint64_t value = latency_ns > 0 ? (uint64_t)latency_ns : 0;
  if (value >= 1ull << 40) value = (1ull << 40) - 1;
  int shift = 0;
  if (value >> (SUB_BUCKET_BITS + 1)) shift = 63 - SUB_BUCKET_BITS - __builtin_clzll(value);
  buckets[((uint64_t)shift << SUB_BUCKET_BITS) + (value >> shift)]++;
  latency_count++;
  if (value > latency_max) latency_max = value;
}

/* Nearest rank, upper end of the bucket. */
static uint64_t latency_at(double fraction) {
  double exact = fraction * (double)latency_count - 1e-6;
  uint64_t rank = exact < 1 ? 1 : (uint64_t)exact + 1, seen = 0;
  for (uint64_t i = 0; i < BUCKETS; i++) {
    seen += buckets[i];
    if (seen >= rank) {
      uint64_t shift = i >> (SUB_BUCKET_BITS + 1) ? (i >> SUB_BUCKET_BITS) - 1 : 0;
      uint64_t end = ((i - (shift << SUB_BUCKET_BITS) + 1) << shift) - 1;
      return end < latency_max ? end : latency_max;
    }
  }
  return latency_max;
}

static int open_socket(unsigned port, int buffer_bytes, int *granted_bytes, int gro) {
  int on = 1, socket_fd = socket(AF_INET, SOCK_DGRAM, 0);
  socklen_t size = sizeof *granted_bytes;
  if (socket_fd < 0) fail("socket");
  if (setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes) < 0)
    fail("SO_RCVBUF");
  if (getsockopt(socket_fd, SOL_SOCKET, SO_RCVBUF, granted_bytes, &size) < 0) fail("SO_RCVBUF");
  /* Read by nobody here, but the kernel's work for them is part of what is compared. */
  if (setsockopt(socket_fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) fail("SO_TIMESTAMPNS");
  if (setsockopt(socket_fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on) < 0) fail("SO_RXQ_OVFL");
  if (gro && setsockopt(socket_fd, SOL_UDP, UDP_GRO, &on, sizeof on) < 0) fail("UDP_GRO");
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_ANY)};
  if (bind(socket_fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  return socket_fd;
}

int main(int argc, char **argv) {
  if (argc < 4 || argc > 8) {
    fprintf(stderr, "usage: receive PORT COUNT|0 IDLE_MS [BUFFER_BYTES] [BATCH] [CPU] [GRO]\n");
    return 2;
  }
  unsigned port = (unsigned)number(argv[1], "PORT", 65535);
  uint64_t count = number(argv[2], "COUNT", 1ull << 53);
  uint64_t idle_ns = number(argv[3], "IDLE_MS", 1ull << 40) * 1000000ull;
  int buffer_bytes = argc > 4 ? (int)number(argv[4], "BUFFER_BYTES", INT32_MAX / 2) : 4194304;
  unsigned batch = argc > 5 ? (unsigned)number(argv[5], "BATCH", BATCH_MAX) : 64;
  if (batch == 0) batch = 1;
  if (argc > 6) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(number(argv[6], "CPU", CPU_SETSIZE - 1), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) < 0) fail("sched_setaffinity");
  }

  int gro = argc > 7 && number(argv[7], "GRO", 1) == 1;
  size_t slot_bytes = gro ? TRAIN_BYTES : SLOT_BYTES;
  uint8_t *slots = malloc(batch * slot_bytes);
  if (slots == NULL) fail("malloc");
  memset(slots, 0, batch * slot_bytes);
  static uint8_t controls[BATCH_MAX][CONTROL_BYTES] __attribute__((aligned(8)));
  static struct iovec vectors[BATCH_MAX];
  static struct mmsghdr headers[BATCH_MAX];
  for (unsigned i = 0; i < batch; i++) {
    vectors[i] = (struct iovec){slots + i * slot_bytes, slot_bytes};
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
    headers[i].msg_hdr.msg_control = controls[i];
    headers[i].msg_hdr.msg_controllen = CONTROL_BYTES;
  }

  int granted_bytes;
  int socket_fd = open_socket(port, buffer_bytes, &granted_bytes, gro);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  fprintf(stderr, "ready\n");

  uint64_t received = 0, gaps = 0, missing = 0, late = 0, invalid = 0;
  uint64_t first_ns = 0, last_ns = 0, active_ns = 0;
  uint32_t expected = 0;
  while (!stopped && (count == 0 || received < count)) {
    int taken = recvmmsg(socket_fd, headers, batch, MSG_DONTWAIT, NULL);
    if (taken <= 0) {
      if (errno != EAGAIN && errno != EINTR) fail("recvmmsg");
      if (active_ns > 0 && idle_ns > 0 && now_ns(CLOCK_MONOTONIC) - active_ns >= idle_ns) break;
      continue;
    }
    /* One reading per batch: at this moment all of it reached the program. */
    uint64_t wall_ns = now_ns(CLOCK_REALTIME);
    active_ns = now_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < taken; i++) {
      unsigned length = headers[i].msg_len;
      int cut = headers[i].msg_hdr.msg_flags & MSG_TRUNC;
      headers[i].msg_hdr.msg_controllen = CONTROL_BYTES;
      if (cut || length == 0 || length % MESSAGE_BYTES != 0) {
        invalid++;
        continue;
      }
      for (unsigned at = 0; at < length; at += MESSAGE_BYTES) {
        uint64_t sent_ns;
        uint32_t sequence;
        memcpy(&sent_ns, slots + i * slot_bytes + at, 8);
        memcpy(&sequence, slots + i * slot_bytes + at + 16, 4);
        sequence = le32toh(sequence);
        record_latency((int64_t)(wall_ns - le64toh(sent_ns)));
        int32_t ahead = received == 0 ? 0 : (int32_t)(sequence - expected);
        if (ahead > 0) {
          gaps++;
          missing += (uint32_t)ahead;
        } else if (ahead < 0) {
          late++;
        }
        if (ahead >= 0) expected = sequence + 1;
        if (received++ == 0) first_ns = active_ns;
      }
      last_ns = active_ns;
    }
  }

  /* The drop counter in the ancillary data misses what was dropped after the last datagram. */
  uint32_t memory[MEMINFO_WORDS] = {0};
  socklen_t size = sizeof memory;
  if (getsockopt(socket_fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0) fail("SO_MEMINFO");
  printf("{\"received\":%llu,\"kernelDrops\":%u,\"gaps\":%llu,\"seconds\":%.6f,\"latencyNs\":",
         (unsigned long long)received, memory[MEMINFO_DROPS], (unsigned long long)gaps,
         (double)(last_ns - first_ns) / 1e9);
  if (latency_count == 0)
    printf("{\"p50\":null,\"p99\":null,\"p999\":null,\"max\":null}");
  else
    printf("{\"p50\":%llu,\"p99\":%llu,\"p999\":%llu,\"max\":%llu}",
           (unsigned long long)latency_at(0.5), (unsigned long long)latency_at(0.99),
           (unsigned long long)latency_at(0.999), (unsigned long long)latency_max);
  printf(",\"missing\":%llu,\"late\":%llu,\"invalid\":%llu,\"receiveBufferBytes\":%d}\n",
         (unsigned long long)missing, (unsigned long long)late, (unsigned long long)invalid,
         granted_bytes);
  close(socket_fd);
  free(slots);
  return 0;
}
