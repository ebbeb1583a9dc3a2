/*
 * A sender that shares no code with Tickwire: feeds any receiver of 29-byte messages, and is the
 * sender of the comparison in C.
 *
 *   flood HOST PORT COUNT [RATE] [BATCH] [CPU]
 *
 * HOST is an IPv4 or IPv6 address. RATE is messages per second, 0 as fast as possible. BATCH
 * messages go out per system call, one per datagram. Prints one line:
 *
 *   {"sent":N,"refused":N,"seconds":S}
 *
 * "sent" is what the kernel took, "refused" what it did not; together they are COUNT. A refused
 * message is not sent again: its sequence is missing on the wire.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 29, BATCH_MAX = 1024 };

#define NS_PER_SECOND 1000000000ull

/*
 *  0        8        16         20          24        28     29
 *  +--------+--------+----------+-----------+---------+------+
 *  |sent ns |price   |sequence  |instrument |quantity |side  |   little-endian, packed
 *  |u64     |i64 1e-9|u32       |u32        |u32      |u8    |
 *  +--------+--------+----------+-----------+---------+------+
 */
static void encode(uint8_t *at, uint64_t sent_ns, uint32_t sequence) {
  uint64_t stamp = htole64(sent_ns);
  uint64_t price = htole64(100250000000ull + (uint64_t)(sequence % 64) * 10000000ull);
  uint32_t words[3] = {htole32(sequence), htole32(sequence % 8), htole32(100)};
  memcpy(at, &stamp, 8);
  memcpy(at + 8, &price, 8);
  memcpy(at + 16, words, 12);
  at[28] = (uint8_t)(1 + sequence % 2);
}

static uint64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * NS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static unsigned long long number(const char *text, const char *name, unsigned long long max) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > max) {
    fprintf(stderr, "flood: %s is \"%s\", not a number from 0 to %llu\n", name, text, max);
    exit(2);
  }
  return value;
}

static void fail(const char *what) {
  fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int connect_to(const char *host, const char *port) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM};
  struct addrinfo *address;
  int error = getaddrinfo(host, port, &hints, &address);
  if (error != 0) {
    fprintf(stderr, "flood: %s port %s: %s\n", host, port, gai_strerror(error));
    exit(2);
  }
  int socket_fd = socket(address->ai_family, SOCK_DGRAM, 0);
  if (socket_fd < 0) fail("socket");
  if (connect(socket_fd, address->ai_addr, address->ai_addrlen) < 0) fail("connect");
  freeaddrinfo(address);
  return socket_fd;
}

/* Sleeps while the moment is far, then spins: a sleep alone would overshoot by some 50 us. */
static void wait_until(uint64_t due_ns) {
  const uint64_t spin_ns = 200000;
  uint64_t now = now_ns(CLOCK_MONOTONIC);
  if (due_ns > now + spin_ns) {
    uint64_t wake = due_ns - spin_ns;
    struct timespec at = {(time_t)(wake / NS_PER_SECOND), (long)(wake % NS_PER_SECOND)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
  }
  while (now_ns(CLOCK_MONOTONIC) < due_ns) {
  }
}

int main(int argc, char **argv) {
  if (argc < 4 || argc > 7) {
    fprintf(stderr, "usage: flood HOST PORT COUNT [RATE] [BATCH] [CPU]\n");
    return 2;
  }
  number(argv[2], "PORT", 65535);
  unsigned long long count = number(argv[3], "COUNT", 1ull << 53);
  unsigned long long rate = argc > 4 ? number(argv[4], "RATE", NS_PER_SECOND) : 0;
  unsigned batch = argc > 5 ? (unsigned)number(argv[5], "BATCH", BATCH_MAX) : 32;
  if (batch == 0) batch = 1;
  if (argc > 6) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(number(argv[6], "CPU", CPU_SETSIZE - 1), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) < 0) fail("sched_setaffinity");
  }
  int socket_fd = connect_to(argv[1], argv[2]);

  static uint8_t messages[BATCH_MAX][MESSAGE_BYTES];
  static struct iovec vectors[BATCH_MAX];
  static struct mmsghdr headers[BATCH_MAX];
  for (unsigned i = 0; i < batch; i++) {
    vectors[i] = (struct iovec){messages[i], MESSAGE_BYTES};
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }

  unsigned long long sent = 0, refused = 0;
  uint64_t start = now_ns(CLOCK_MONOTONIC);
  for (unsigned long long first = 0; first < count; first += batch) {
    unsigned size = count - first < batch ? (unsigned)(count - first) : batch;
    /* From the start each time, not from the batch before: an error does not add up. */
    if (rate > 0) wait_until(start + (uint64_t)((double)first / (double)rate * 1e9));
    for (unsigned i = 0; i < size; i++) {
      encode(messages[i], now_ns(CLOCK_REALTIME), (uint32_t)(first + i));
    }
    /* A short count hides why the next one was not taken: asking for it again tells. */
    for (unsigned done = 0; done < size;) {
      int taken = sendmmsg(socket_fd, headers + done, size - done, 0);
      if (taken > 0) {
        sent += (unsigned)taken;
        done += (unsigned)taken;
      } else if (errno != EINTR) {
        refused++;
        done++;
      }
    }
  }
  double seconds = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e9;
  printf("{\"sent\":%llu,\"refused\":%llu,\"seconds\":%.6f}\n", sent, refused, seconds);
  close(socket_fd);
  return 0;
}
