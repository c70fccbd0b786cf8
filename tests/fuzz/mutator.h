#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace weir::test {

using Bytes = std::vector<std::uint8_t>;

// Everything random of one run, from one seed, so that a finding can be had again.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // From 0 to `most`, both included.
  std::size_t up_to(std::size_t most) { return static_cast<std::size_t>(engine_() % (most + 1)); }
  bool one_in(std::size_t times) { return up_to(times - 1) == 0; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(engine_()); }
  std::uint64_t bits() { return engine_(); }
  Bytes bytes(std::size_t most);

 private:
  std::mt19937_64 engine_;
};

// What a broken or hostile sender makes of a message: cut, lengthened, with wrong lengths and counts, bits turned,
// parts left out, doubled, swapped, or all of it noise.
Bytes mutated(Bytes message, Random& random);

}  // namespace weir::test
