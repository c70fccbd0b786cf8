#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fuzz/mutator.h"

namespace weir::test {

// One decoder of what a server sends.
struct FuzzTarget {
  const char* name;
  // A message that the decoder takes, of a shape of its own.
  Bytes (*valid)(Random& random);
  // Decodes it; whether the decoder took it.
  bool (*decode)(std::span<const std::uint8_t> message);
  // What decoding may allocate for each byte of the message, and beside it.
  std::size_t bytes_per_byte = 24;
  std::size_t bytes_beside = 2048;
};

// Every one of them.
std::vector<FuzzTarget> fuzz_targets();

// The answers to Kafka requests, and what answers without a schema: SASL's and HTTP's.
std::vector<FuzzTarget> answer_targets();
std::vector<FuzzTarget> text_targets();

}  // namespace weir::test
