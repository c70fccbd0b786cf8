#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::kafka::wire {

using Bytes = std::vector<std::uint8_t>;

// In a byte of a varint: another follows.
inline constexpr std::uint32_t kVarintMore = 0x80;

// Writes Kafka's primitive types, big-endian, as the protocol guide names them. Flexible messages (KIP-482) use the
// compact types. Not thread-safe.
class Writer {
 public:
  Writer& int8(std::int8_t value);
  Writer& int16(std::int16_t value);
  Writer& int32(std::int32_t value);
  Writer& int64(std::int64_t value);
  Writer& boolean(bool value) { return int8(value ? 1 : 0); }
  Writer& unsigned_varint(std::uint32_t value);
  Writer& string(std::string_view value);          // INT16 length
  Writer& compact_string(std::string_view value);  // UNSIGNED_VARINT length + 1
  Writer& compact_bytes(std::span<const std::uint8_t> value);
  // The length of an array; its elements follow. -1 stands for null.
  Writer& array(std::int32_t count) { return int32(count); }
  Writer& compact_array(std::ptrdiff_t count) { return unsigned_varint(static_cast<std::uint32_t>(count + 1)); }
  Writer& no_tags() { return unsigned_varint(0); }

  // Writes a part of what has been written once more.
  Writer& again(std::size_t begin, std::size_t count);

  std::size_t size() const { return bytes_.size(); }
  // Overwrites the INT32 at `position`.
  void patch_int32(std::size_t position, std::int32_t value);
  Bytes take() { return std::move(bytes_); }

 private:
  template <class Unsigned>
  Writer& big_endian(Unsigned value);

  Bytes bytes_;
};

// Reads what Writer writes from bytes that a broker sent, and checks every length against what is there. After the
// first violation it is failed, and every read returns an empty value: check failed() once at the end. Not thread-safe;
// views point into the bytes given.
class Reader {
 public:
  // An empty element takes 3 bytes on the wire and 60 in memory: without this bound, a broker could make 64 MB into a
  // gigabyte. A group or topic of a million partitions is beyond what Kafka can hold.
  static constexpr std::int32_t kMostElements = 1 << 20;

  explicit Reader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::int8_t int8() { return static_cast<std::int8_t>(big_endian<std::uint8_t>()); }
  std::int16_t int16() { return static_cast<std::int16_t>(big_endian<std::uint16_t>()); }
  std::int32_t int32() { return static_cast<std::int32_t>(big_endian<std::uint32_t>()); }
  std::int64_t int64() { return static_cast<std::int64_t>(big_endian<std::uint64_t>()); }
  bool boolean() { return int8() != 0; }
  std::uint32_t unsigned_varint() {
    if (rest_.empty() || rest_.front() >= kVarintMore) return long_varint();
    return big_endian<std::uint8_t>();
  }
  std::string_view string();
  std::string_view compact_string();  // null reads as empty
  std::span<const std::uint8_t> compact_bytes();
  // The name of a host: empty, or printable and no longer than DNS allows, as it ends up in errors and logs.
  std::string_view compact_host();
  // How many elements follow, each at least `least` bytes long, so that a wrong count cannot make anybody allocate what
  // was never sent. Null reads as 0. All arrays of one answer hold at most kMostElements.
  std::int32_t array(std::size_t least);
  std::int32_t compact_array(std::size_t least);
  // Skips an array of elements of `size` bytes each.
  void skip_compact_array(std::size_t size);
  // Skips the tagged fields of a flexible structure.
  void tags() {
    if (const auto count = unsigned_varint(); count > 0) skip_tags(count);
  }
  void skip(std::size_t count) { take(count); }

  bool failed() const { return failed_; }
  std::size_t left() const { return rest_.size(); }
  std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  // Here, as an answer is made of millions of them.
  std::span<const std::uint8_t> take(std::size_t count) {
    if (failed_ || count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  template <class Unsigned>
  Unsigned big_endian() {
    const auto bytes = take(sizeof(Unsigned));
    if (bytes.empty()) return 0;
    Unsigned value = 0;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return std::endian::native == std::endian::big ? value : std::byteswap(value);
  }
  std::uint32_t long_varint();
  void skip_tags(std::uint32_t count);
  std::int32_t checked_count(std::int64_t count, std::size_t least);
  std::string_view text(std::int64_t length);

  std::span<const std::uint8_t> rest_;
  std::int32_t elements_left_ = kMostElements;
  bool failed_ = false;
};

}  // namespace weir::kafka::wire
