// Feeds every decoder of what servers send with valid messages of many shapes, and with what a broken or hostile server
// makes of them. Deterministic for a seed. WEIR_FUZZ_SECONDS (of all decoders together) and WEIR_FUZZ_SEED change how
// long and what; a finding names its own seed, with which it comes first.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#include "base/parse.h"
#include "fuzz/allocation_meter.h"
#include "fuzz/targets.h"

namespace weir::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostShown = 400;

// Of the round that is running, for the sanitizers, which end the process with no word from GoogleTest.
std::uint64_t current_seed = 0;

void tell_seed_on_death() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_set_death_callback([] { fmt::print(stderr, "WEIR_FUZZ_SEED={}\n", current_seed); });
#endif
}

std::int64_t from_environment(const char* name, std::int64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : base::parse_int(text).value_or(otherwise);
}

std::string shown(const Bytes& message) {
  std::string text = fmt::format("{} bytes:", message.size());
  for (std::size_t i = 0; i < message.size() && i < kMostShown; ++i)
    text += fmt::format(" {:02x}", message[i]);
  return text;
}

class EveryDecoder : public testing::TestWithParam<FuzzTarget> {
 protected:
  // Decodes a copy that ends where the message does, so that the address sanitizer sees a byte read beyond it.
  static void feed(const Bytes& message, bool valid) {
    const FuzzTarget& target = GetParam();
    const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[message.size()]);
    std::ranges::copy(message, exact.get());
    const AllocationMeter meter;
    const bool taken = target.decode({exact.get(), message.size()});
    const auto most = target.bytes_beside + target.bytes_per_byte * message.size();
    ASSERT_LE(meter.peak_bytes(), most) << "allocates more than its bound for " << shown(message);
    ASSERT_TRUE(taken || !valid) << "refuses a valid message of " << shown(message);
  }
};

TEST_P(EveryDecoder, TakesWhatIsValidAndOutlivesTheRest) {
  tell_seed_on_death();
  const auto share = std::chrono::duration<double>(from_environment("WEIR_FUZZ_SECONDS", WEIR_FUZZ_SECONDS)) /
                     static_cast<double>(fuzz_targets().size());
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(share);
  const auto seed = static_cast<std::uint64_t>(from_environment("WEIR_FUZZ_SEED", 1));
  std::uint64_t rounds = 0;
  for (; (rounds == 0 || Clock::now() < until) && !HasFatalFailure(); ++rounds) {
    current_seed = seed + rounds;
    SCOPED_TRACE(fmt::format("WEIR_FUZZ_SEED={}", current_seed));
    Random random(current_seed);
    const Bytes message = GetParam().valid(random);
    feed(message, true);
    for (int i = 0; i < 20 && !HasFatalFailure(); ++i)
      feed(mutated(message, random), false);
  }
  RecordProperty("rounds", std::to_string(rounds));
  fmt::print("{}: {} shapes\n", GetParam().name, rounds);
}

// What the codec's bound on elements is for: small answers that become large ones in memory.
TEST_P(EveryDecoder, RefusesMillionsOfEmptyElements) {
  constexpr std::size_t kMost = 128 << 20;
  for (const std::uint8_t filler : {std::uint8_t{0}, std::uint8_t{1}}) {
    for (const std::uint32_t count : {1U << 20, 3U << 20}) {
      for (const std::size_t before : {2U, 4U, 5U}) {
        Bytes message(before, filler);
        for (std::uint32_t left = count; left > 0; left >>= 7)
          message.push_back(static_cast<std::uint8_t>(left >= 0x80 ? left | 0x80 : left));
        message.resize(12 << 20, filler);
        const AllocationMeter meter;
        static_cast<void>(GetParam().decode(message));
        ASSERT_LE(meter.peak_bytes(), kMost) << before << " bytes of " << int{filler} << ", then " << count;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Wire, EveryDecoder, testing::ValuesIn(fuzz_targets()), [](const auto& row) {
  std::string name = row.param.name;
  std::erase_if(name, [](char letter) { return letter < '0' || (letter > '9' && letter < 'A') || letter > 'z'; });
  return name;
});

}  // namespace

std::vector<FuzzTarget> fuzz_targets() {
  auto targets = answer_targets();
  for (const FuzzTarget& target : text_targets())
    targets.push_back(target);
  return targets;
}

}  // namespace weir::test
