#include "kafka/wire/codec.h"

#include <algorithm>
#include <array>

namespace weir::kafka::wire {
namespace {

constexpr int kVarintBits = 7;
constexpr std::size_t kMostHostBytes = 255;

}  // namespace

template <class Unsigned>
Writer& Writer::big_endian(Unsigned value) {
  if (std::endian::native != std::endian::big) value = std::byteswap(value);
  const auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof(value)>>(value);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Writer& Writer::int8(std::int8_t value) {
  return big_endian(static_cast<std::uint8_t>(value));
}
Writer& Writer::int16(std::int16_t value) {
  return big_endian(static_cast<std::uint16_t>(value));
}
Writer& Writer::int32(std::int32_t value) {
  return big_endian(static_cast<std::uint32_t>(value));
}
Writer& Writer::int64(std::int64_t value) {
  return big_endian(static_cast<std::uint64_t>(value));
}

Writer& Writer::unsigned_varint(std::uint32_t value) {
  for (; value >= kVarintMore; value >>= kVarintBits)
    bytes_.push_back(static_cast<std::uint8_t>(value | kVarintMore));
  bytes_.push_back(static_cast<std::uint8_t>(value));
  return *this;
}

Writer& Writer::string(std::string_view value) {
  int16(static_cast<std::int16_t>(value.size()));
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::compact_string(std::string_view value) {
  unsigned_varint(static_cast<std::uint32_t>(value.size() + 1));
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::compact_bytes(std::span<const std::uint8_t> value) {
  unsigned_varint(static_cast<std::uint32_t>(value.size() + 1));
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::again(std::size_t begin, std::size_t count) {
  const std::size_t end = bytes_.size();
  bytes_.resize(end + count);
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin), count,
              bytes_.begin() + static_cast<std::ptrdiff_t>(end));
  return *this;
}

void Writer::patch_int32(std::size_t position, std::int32_t value) {
  for (std::size_t i = 0; i < sizeof(value); ++i)
    bytes_.at(position + i) = static_cast<std::uint8_t>(static_cast<std::uint32_t>(value) >> (24 - 8 * i));
}

std::uint32_t Reader::long_varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift <= 4 * kVarintBits; shift += kVarintBits) {
    const auto byte = big_endian<std::uint8_t>();
    if (failed_) return 0;
    value |= static_cast<std::uint64_t>(byte & (kVarintMore - 1)) << shift;
    if ((byte & kVarintMore) != 0) continue;
    if (value <= UINT32_MAX) return static_cast<std::uint32_t>(value);
    break;
  }
  failed_ = true;
  return 0;
}

std::string_view Reader::text(std::int64_t length) {
  if (length < 0) return {};
  const auto bytes = take(static_cast<std::size_t>(length));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view Reader::string() {
  return text(int16());
}

std::string_view Reader::compact_string() {
  return text(std::int64_t{unsigned_varint()} - 1);
}

std::span<const std::uint8_t> Reader::compact_bytes() {
  const auto length = unsigned_varint();
  return length == 0 ? std::span<const std::uint8_t>() : take(length - 1);
}

std::string_view Reader::compact_host() {
  const auto host = compact_string();
  const auto printable = [](char letter) { return letter > ' ' && letter <= '~'; };
  if (host.size() <= kMostHostBytes && std::ranges::all_of(host, printable)) return host;
  failed_ = true;
  return {};
}

std::int32_t Reader::checked_count(std::int64_t count, std::size_t least) {
  if (failed_ || count <= 0) return 0;
  if (count > elements_left_ || static_cast<std::uint64_t>(count) * least > rest_.size()) {
    failed_ = true;
    return 0;
  }
  elements_left_ -= static_cast<std::int32_t>(count);
  return static_cast<std::int32_t>(count);
}

void Reader::skip_compact_array(std::size_t size) {
  const auto length = unsigned_varint();
  if (length > 0) skip(std::size_t{length - 1} * size);
}

std::int32_t Reader::array(std::size_t least) {
  return checked_count(int32(), least);
}

std::int32_t Reader::compact_array(std::size_t least) {
  return checked_count(std::int64_t{unsigned_varint()} - 1, least);
}

void Reader::skip_tags(std::uint32_t count) {
  for (; count > 0 && !failed_; --count) {
    unsigned_varint();
    skip(unsigned_varint());
  }
}

}  // namespace weir::kafka::wire
