/*
 * The same books as src/book, in C++: what the compiler of a systems language makes of the same design.
 *
 * Reads messages of ITCH 5.0 or DEEP 1.0 from a file of { u16 length, big-endian; message }, all of it
 * into memory, applies them to the books of all instruments `rounds` times, each time from empty books,
 * and prints one line: nanoseconds per message of each round, and the levels and orders at the end, to be
 * compared.
 *
 *   c++ -O3 -march=native -std=c++17 -o books bench/peers/books.cpp
 *   books itch50|deep10 FILE ROUNDS
 *
 * Like in src/book: order id -> record by open addressing, records of 32 bytes; levels as sorted arrays
 * with the best at the end; queues as lists through the records; a sequence check per message; where a
 * best level was touched, the best is compared with what it was. No allocation once the memory is there.
 */
#include <algorithm>
#include <ctime>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using i32 = int32_t;
using i64 = int64_t;

u16 big16(const u8* p) { u16 v; memcpy(&v, p, 2); return __builtin_bswap16(v); }
u32 big32(const u8* p) { u32 v; memcpy(&v, p, 4); return __builtin_bswap32(v); }
u64 big64(const u8* p) { u64 v; memcpy(&v, p, 8); return __builtin_bswap64(v); }
u32 little32(const u8* p) { u32 v; memcpy(&v, p, 4); return v; }
u64 little64(const u8* p) { u64 v; memcpy(&v, p, 8); return v; }

constexpr i32 NONE = -1;

struct Level {
  i64 key;
  u64 quantity;
  i32 count, head, tail, side;
};

struct Entry {
  i64 key;
  i32 level;
};

struct Order {
  u64 id;
  u32 quantity;
  i32 level, next, previous, instrument;
};

struct Bucket {
  u32 hash;
  i32 entry;
};

u32 hash_of(u64 id) {
  u32 low = static_cast<u32>(id), high = static_cast<u32>(id >> 32);
  u32 mixed = (low >> 6) ^ (high * 0x9e3779b1u);
  mixed = (mixed ^ (mixed >> 16)) * 0x85ebca6bu;
  mixed ^= mixed >> 13;
  return (mixed << 6) | (low & 63);
}

struct Best {
  i64 bid, ask;
  u64 bid_quantity, ask_quantity;
  bool operator!=(const Best& o) const {
    return bid != o.bid || ask != o.ask || bid_quantity != o.bid_quantity || ask_quantity != o.ask_quantity;
  }
};

/* Levels, orders, trades and the state of all books. */
class Books {
 public:
  explicit Books(size_t max_orders) : levels_(max_orders), orders_(max_orders), buckets_(2 * max_orders) {
    mask_ = static_cast<u32>(buckets_.size() - 1);
    sides_.resize(2 * 65536);
    last_.resize(65536);
    volume_.resize(65536);
    known_.resize(65536);
    crossed_.resize(65536);
    for (size_t i = max_orders; i-- > 0;) {
      orders_[i].next = free_order_;
      free_order_ = static_cast<i32>(i);
      levels_[i].head = free_level_;
      free_level_ = static_cast<i32>(i);
    }
  }

  u64 sequence = 0, changes = 0, faults = 0;

  void begin(i32 instrument) {
    if (sequence < last_[instrument]) faults++;
    last_[instrument] = sequence;
    best_touched_ = false;
  }

  void end(i32 instrument) {
    if (!best_touched_) return;
    const Best now = best(instrument);
    if (!(now != known_[instrument])) return;
    known_[instrument] = now;
    changes++;
    const bool crossed = now.bid_quantity != 0 && now.ask_quantity != 0 && now.bid > now.ask;
    if (crossed != static_cast<bool>(crossed_[instrument])) crossed_[instrument] = crossed;
  }

  void add(i32 instrument, int side, u64 id, u32 quantity, i64 price) {
    if (find(instrument, id) != NONE) faults++;
    const i32 level = obtain(instrument * 2 + side, price);
    const i32 order = create(instrument, id);
    append(order, level, quantity);
  }

  void reduce(i32 instrument, u64 id, u32 quantity, bool printable) {
    if (printable) volume_[instrument] += quantity;
    const i32 order = find(instrument, id);
    if (order == NONE) { faults++; return; }
    if (quantity > orders_[order].quantity) faults++;
    if (quantity >= orders_[order].quantity) { remove(order); return; }
    orders_[order].quantity -= quantity;
    levels_[orders_[order].level].quantity -= quantity;
    touch(orders_[order].level);
  }

  void erase(i32 instrument, u64 id) {
    const i32 order = find(instrument, id);
    if (order == NONE) faults++;
    else remove(order);
  }

  void replace(i32 instrument, u64 id, u64 new_id, u32 quantity, i64 price) {
    const i32 order = find(instrument, id);
    if (order == NONE) { faults++; return; }
    const int side = levels_[orders_[order].level].side & 1;
    remove(order);
    add(instrument, side, new_id, quantity, price);
  }

  void set_level(i32 instrument, int side, u32 quantity, i64 price) {
    const i32 index = instrument * 2 + side;
    if (quantity == 0) {
      auto& entries = sides_[index];
      const i64 key = side == 0 ? price : -price;
      const size_t at = seek(entries, key);
      if (at == entries.size() || entries[at].key != key) { faults++; return; }
      touch(entries[at].level);
      remove_level(entries[at].level);
      return;
    }
    const i32 level = obtain(index, price);
    levels_[level].quantity = quantity;
    touch(level);
  }

  void trade(i32 instrument, u32 quantity) { volume_[instrument] += quantity; }

  u64 level_count() const {
    u64 sum = 0;
    for (const auto& side : sides_) sum += side.size();
    return sum;
  }

  u64 order_count() const { return live_; }

 private:
  Best best(i32 instrument) const {
    Best b{0, 0, 0, 0};
    const auto& bids = sides_[instrument * 2];
    const auto& asks = sides_[instrument * 2 + 1];
    if (!bids.empty()) { b.bid = bids.back().key; b.bid_quantity = levels_[bids.back().level].quantity; }
    if (!asks.empty()) { b.ask = -asks.back().key; b.ask_quantity = levels_[asks.back().level].quantity; }
    return b;
  }

  void touch(i32 level) {
    if (sides_[levels_[level].side].back().level == level) best_touched_ = true;
  }

  static size_t seek(const std::vector<Entry>& entries, i64 key) {
    size_t high = entries.size();
    const size_t near = high > 12 ? high - 12 : 0;
    while (high > near && entries[high - 1].key >= key) high--;
    if (high > near || high == 0) return high;
    return std::lower_bound(entries.begin(), entries.begin() + high, key,
                            [](const Entry& e, i64 k) { return e.key < k; }) - entries.begin();
  }

  i32 obtain(i32 index, i64 price) {
    auto& entries = sides_[index];
    const i64 key = (index & 1) == 0 ? price : -price;
    const size_t at = seek(entries, key);
    if (at < entries.size() && entries[at].key == key) return entries[at].level;
    const i32 level = free_level_;
    free_level_ = levels_[level].head;
    levels_[level] = Level{key, 0, 0, NONE, NONE, index};
    entries.insert(entries.begin() + static_cast<i64>(at), Entry{key, level});
    return level;
  }

  void remove_level(i32 level) {
    auto& entries = sides_[levels_[level].side];
    entries.erase(entries.begin() + static_cast<i64>(seek(entries, levels_[level].key)));
    levels_[level].head = free_level_;
    free_level_ = level;
  }

  i32 find(i32 instrument, u64 id) const {
    const u32 hash = hash_of(id);
    for (u32 b = hash & mask_;; b = (b + 1) & mask_) {
      const Bucket bucket = buckets_[b];
      if (bucket.entry == 0) return NONE;
      if (bucket.hash != hash) continue;
      const Order& order = orders_[bucket.entry - 1];
      if (order.id == id && order.instrument == instrument) return bucket.entry - 1;
    }
  }

  i32 create(i32 instrument, u64 id) {
    const i32 order = free_order_;
    free_order_ = orders_[order].next;
    orders_[order].id = id;
    orders_[order].instrument = instrument;
    live_++;
    const u32 hash = hash_of(id);
    u32 b = hash & mask_;
    while (buckets_[b].entry != 0) b = (b + 1) & mask_;
    buckets_[b] = Bucket{hash, order + 1};
    return order;
  }

  void append(i32 order, i32 level, u32 quantity) {
    Order& o = orders_[order];
    Level& l = levels_[level];
    o.quantity = quantity;
    o.level = level;
    o.next = NONE;
    o.previous = l.tail;
    if (l.tail == NONE) l.head = order;
    else orders_[l.tail].next = order;
    l.tail = order;
    l.quantity += quantity;
    l.count++;
    touch(level);
  }

  void remove(i32 order) {
    Order& o = orders_[order];
    Level& l = levels_[o.level];
    if (o.previous == NONE) l.head = o.next;
    else orders_[o.previous].next = o.next;
    if (o.next == NONE) l.tail = o.previous;
    else orders_[o.next].previous = o.previous;
    l.quantity -= o.quantity;
    touch(o.level);
    if (--l.count == 0) remove_level(o.level);
    u32 hole = hash_of(o.id) & mask_;
    while (buckets_[hole].entry != order + 1) hole = (hole + 1) & mask_;
    for (u32 at = (hole + 1) & mask_; buckets_[at].entry != 0; at = (at + 1) & mask_) {
      const u32 home = buckets_[at].hash & mask_;
      if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
      buckets_[hole] = buckets_[at];
      hole = at;
    }
    buckets_[hole].entry = 0;
    o.next = free_order_;
    free_order_ = order;
    live_--;
  }

  std::vector<Level> levels_;
  std::vector<Order> orders_;
  std::vector<Bucket> buckets_;
  std::vector<std::vector<Entry>> sides_;
  std::vector<u64> last_, volume_;
  std::vector<u8> crossed_;
  std::vector<Best> known_;
  bool best_touched_ = false;
  u32 mask_ = 0;
  i32 free_order_ = NONE, free_level_ = NONE;
  u64 live_ = 0;
};

void apply_itch(Books& books, const u8* m) {
  const i32 instrument = big16(m + 1);
  switch (m[0]) {
    case 'A':
    case 'F':
      books.begin(instrument);
      books.add(instrument, m[19] == 'B' ? 0 : 1, big64(m + 11), big32(m + 20), big32(m + 32));
      books.end(instrument);
      break;
    case 'E':
      books.begin(instrument);
      books.reduce(instrument, big64(m + 11), big32(m + 19), true);
      books.end(instrument);
      break;
    case 'C':
      books.begin(instrument);
      books.reduce(instrument, big64(m + 11), big32(m + 19), m[31] != 'N');
      books.end(instrument);
      break;
    case 'X':
      books.begin(instrument);
      books.reduce(instrument, big64(m + 11), big32(m + 19), false);
      books.end(instrument);
      break;
    case 'D':
      books.begin(instrument);
      books.erase(instrument, big64(m + 11));
      books.end(instrument);
      break;
    case 'U':
      books.begin(instrument);
      books.replace(instrument, big64(m + 11), big64(m + 19), big32(m + 27), big32(m + 31));
      books.end(instrument);
      break;
    case 'P':
      books.trade(instrument, big32(m + 20));
      break;
    default:
      break;
  }
}

struct Part {
  i32 instrument;
  int side;
  u32 quantity;
  i64 price;
};

/* Symbols as dense indices, by open addressing too. */
class Symbols {
 public:
  i32 obtain(u64 symbol) {
    u64 mixed = symbol * 0x9e3779b97f4a7c15ull;
    for (u32 b = static_cast<u32>(mixed >> 47); ; b = (b + 1) & MASK) {
      if (indices_[b] == 0) { symbols_[b] = symbol; indices_[b] = ++count_; return count_ - 1; }
      if (symbols_[b] == symbol) return indices_[b] - 1;
    }
  }

 private:
  static constexpr u32 MASK = (1u << 17) - 1;
  std::vector<u64> symbols_ = std::vector<u64>(MASK + 1);
  std::vector<i32> indices_ = std::vector<i32>(MASK + 1);
  i32 count_ = 0;
};

void apply_deep(Books& books, Symbols& symbols, std::vector<Part>& parts, const u8* m) {
  if (m[0] == 'T') { books.trade(symbols.obtain(little64(m + 10)), little32(m + 18)); return; }
  if (m[0] != '8' && m[0] != '5') return;
  const i32 instrument = symbols.obtain(little64(m + 10));
  const Part part{instrument, m[0] == '8' ? 0 : 1, little32(m + 18), static_cast<i64>(little64(m + 22))};
  if ((m[1] & 1) == 0) { parts.push_back(part); return; }
  books.begin(instrument);
  for (const Part& p : parts) books.set_level(p.instrument, p.side, p.quantity, p.price);
  parts.clear();
  books.set_level(instrument, part.side, part.quantity, part.price);
  books.end(instrument);
}

}  // namespace

/* The processor's time that this process has used: other programs on the same cores disturb it less. */
static double processor_ns() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

int main(int argc, char** argv) {
  if (argc != 4) { fprintf(stderr, "usage: books itch50|deep10 FILE ROUNDS\n"); return 2; }
  const bool itch = std::string(argv[1]) == "itch50";
  std::ifstream file(argv[2], std::ios::binary);
  if (!file) { fprintf(stderr, "cannot read %s\n", argv[2]); return 1; }
  const std::vector<u8> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (int round = 0; round < atoi(argv[3]); round++) {
    Books books(1u << 21);
    Symbols symbols;
    std::vector<Part> parts;
    u64 messages = 0;
    const double start = processor_ns();
    for (size_t at = 0; at + 2 <= bytes.size();) {
      const u8* message = bytes.data() + at + 2;
      books.sequence = ++messages;
      if (itch) apply_itch(books, message);
      else apply_deep(books, symbols, parts, message);
      at += 2 + big16(bytes.data() + at);
    }
    const double took = processor_ns() - start;
    printf("{\"nsPerMessage\":%.1f,\"messages\":%llu,\"levels\":%llu,\"orders\":%llu,\"changes\":%llu,\"faults\":%llu}\n",
           took / static_cast<double>(messages), (unsigned long long)messages,
           (unsigned long long)books.level_count(), (unsigned long long)books.order_count(),
           (unsigned long long)books.changes, (unsigned long long)books.faults);
    fflush(stdout);
  }
  return 0;
}
