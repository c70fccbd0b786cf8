#include "fuzz/mutator.h"

#include <algorithm>
#include <array>

namespace weir::test {
namespace {

constexpr std::array<std::uint8_t, 9> kEdges{0x00, 0x01, 0x02, 0x0F, 0x7F, 0x80, 0x81, 0xFE, 0xFF};
constexpr std::array<std::uint32_t, 10> kLengths{0,           1,           2,           0x7FFF,      0xFFFF,
                                                 0x7FFF'FFFF, 0x8000'0000, 0xFFFF'FFFF, 0x0400'0000, 0x0010'0000};
constexpr std::size_t kMostMutations = 4;
constexpr std::size_t kMostNoise = 64;

void overwrite(Bytes& message, std::size_t at, const Bytes& with) {
  for (std::size_t i = 0; i < with.size() && at + i < message.size(); ++i)
    message[at + i] = with[i];
}

Bytes varint(std::uint32_t value) {
  Bytes bytes;
  for (; value >= 0x80; value >>= 7)
    bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}

Bytes int32(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

std::uint32_t wrong_length(const Bytes& message, Random& random) {
  const auto near = static_cast<std::uint32_t>(message.size()) + static_cast<std::uint32_t>(random.up_to(4)) - 2;
  return random.one_in(2) ? near : kLengths[random.up_to(kLengths.size() - 1)];
}

void insert(Bytes& message, std::size_t at, const Bytes& more) {
  message.insert(message.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
}

Bytes slice(const Bytes& message, Random& random) {
  const auto begin = random.up_to(message.size());
  const auto size = std::min(random.up_to(kMostNoise), message.size() - begin);
  const auto first = message.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(size)};
}

void erase(Bytes& message, Random& random) {
  const auto begin = random.up_to(message.size());
  const auto size = std::min(random.up_to(kMostNoise), message.size() - begin);
  const auto first = message.begin() + static_cast<std::ptrdiff_t>(begin);
  message.erase(first, first + static_cast<std::ptrdiff_t>(size));
}

void mutate_once(Bytes& message, Random& random) {
  const auto at = random.up_to(message.size());
  switch (random.up_to(9)) {
    case 0:
      return message.resize(at);
    case 1:
      return insert(message, message.size(), random.bytes(kMostNoise));
    case 2:
      return insert(message, at, slice(message, random));
    case 3:
      return erase(message, random);
    case 4:
      return overwrite(message, at, slice(message, random));
    case 5:
      return overwrite(message, at, varint(wrong_length(message, random)));
    case 6:
      return overwrite(message, at, int32(wrong_length(message, random)));
    case 7:
      return overwrite(message, at, {kEdges[random.up_to(kEdges.size() - 1)]});
    case 8:
      return overwrite(message, at, random.bytes(8));
    default:
      if (at < message.size()) message[at] = static_cast<std::uint8_t>(message[at] ^ 1U << random.up_to(7));
  }
}

}  // namespace

Bytes Random::bytes(std::size_t most) {
  Bytes noise(up_to(most));
  for (auto& byte : noise)
    byte = this->byte();
  return noise;
}

Bytes mutated(Bytes message, Random& random) {
  if (random.one_in(20)) return random.bytes(1024);
  for (auto times = random.up_to(kMostMutations - 1) + 1; times > 0; --times)
    mutate_once(message, random);
  return message;
}

}  // namespace weir::test
