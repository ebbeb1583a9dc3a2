/*
 * The yardstick for the slot ring alone: a C++ single-producer, single-consumer ring with cached
 * indices on their own cache lines, which carries 29-byte messages in 64-byte slots between two
 * pinned threads. Shares no code with Tickwire.
 *
 *   ring MESSAGES BATCH [PRODUCER_CPU] [CONSUMER_CPU]
 *
 * Each message holds its number; the consumer checks it. Prints one line:
 *
 *   {"messages":N,"wrong":N,"seconds":S}
 */
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <sched.h>
#include <thread>

static constexpr uint32_t kSlots = 1024;
static constexpr uint32_t kSlotBytes = 64;

struct alignas(128) Index {
  std::atomic<uint32_t> value{0};
};

static Index published;
static Index released;
alignas(128) static unsigned char slots[kSlots][kSlotBytes];

static void pin(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus);
}

static void produce(uint64_t messages, uint32_t batch, int cpu) {
  pin(cpu);
  uint32_t head = 0, tail = 0;
  for (uint64_t sent = 0; sent < messages;) {
    uint32_t free = kSlots - (head - tail);
    if (free == 0) {
      tail = released.value.load(std::memory_order_acquire);
      continue;
    }
    uint32_t count = free < batch ? free : batch;
    if (messages - sent < count) count = static_cast<uint32_t>(messages - sent);
    for (uint32_t i = 0; i < count; i++, sent++) {
      std::memcpy(slots[(head + i) & (kSlots - 1)] + 16, &sent, sizeof sent);
    }
    head += count;
    published.value.store(head, std::memory_order_release);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: ring MESSAGES BATCH [PRODUCER_CPU] [CONSUMER_CPU]\n");
    return 2;
  }
  uint64_t messages = std::strtoull(argv[1], nullptr, 10);
  uint32_t batch = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  int producer_cpu = argc > 3 ? std::atoi(argv[3]) : 1;
  int consumer_cpu = argc > 4 ? std::atoi(argv[4]) : 0;
  if (batch == 0) batch = 1;
  pin(consumer_cpu);
  std::thread producer(produce, messages, batch, producer_cpu);
  uint64_t wrong = 0;
  uint32_t head = 0, tail = 0;
  while (published.value.load(std::memory_order_acquire) == 0) {
  }
  auto start = std::chrono::steady_clock::now();
  for (uint64_t got = 0; got < messages;) {
    uint32_t ready = head - tail;
    if (ready == 0) {
      head = published.value.load(std::memory_order_acquire);
      continue;
    }
    uint32_t count = ready < batch ? ready : batch;
    for (uint32_t i = 0; i < count; i++, got++) {
      uint64_t number;
      std::memcpy(&number, slots[(tail + i) & (kSlots - 1)] + 16, sizeof number);
      wrong += number != got;
    }
    tail += count;
    released.value.store(tail, std::memory_order_release);
  }
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  producer.join();
  std::printf("{\"messages\":%llu,\"wrong\":%llu,\"seconds\":%.6f}\n",
              static_cast<unsigned long long>(messages), static_cast<unsigned long long>(wrong),
              seconds);
  return 0;
}
