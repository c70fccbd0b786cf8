#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "fuzz/allocation_meter.h"
#include "kafka/session_pool.h"
#include "support/fake_broker.h"

// What the tests of brokers that mean ill share.
namespace weir::kafka {

inline constexpr std::chrono::milliseconds kRequestTimeout{400};
inline constexpr std::chrono::milliseconds kDeadline{800};
// For a machine that has other work.
inline constexpr std::chrono::milliseconds kGrace{700};
// Of one call: an answer of the most bytes that are believed, while it is grown into, and a little.
inline constexpr std::size_t kMostBytes = 256 << 20;

inline std::string length_of(std::uint32_t length) {
  return {static_cast<char>(length >> 24), static_cast<char>(length >> 16), static_cast<char>(length >> 8),
          static_cast<char>(length)};
}

inline SessionKey key_of(const std::string& address, bool tls = false) {
  SessionKey key;
  key.brokers = {address};
  key.credentials.tls = tls;
  return key;
}

inline SessionOptions quick() {
  SessionOptions options;
  options.request_timeout = kRequestTimeout;
  return options;
}

inline const std::vector<lag::CommittedRequest> kGroup{{"shop", {{"orders", test::FakeBroker::kPartitions}}}};

class HostileBroker : public ::testing::Test {
 protected:
  using Source = std::shared_ptr<lag::OffsetSource>;

  Source open(const SessionKey& key) { return pool_.get(key).value(); }

  // Asks for a group and says how that failed, after checking what every failure must be.
  std::string failure(lag::OffsetSource& source, const std::string& address) {
    const auto started = std::chrono::steady_clock::now();
    const test::AllocationMeter meter;
    const auto answer = source.committed(kGroup, started + kDeadline).at(0);
    EXPECT_LE(std::chrono::steady_clock::now() - started, kDeadline + kGrace) << "the deadline is not kept";
    EXPECT_LE(meter.peak_bytes(), kMostBytes);
    if (answer) return "no failure";
    EXPECT_THAT(answer.error().code,
                ::testing::AnyOf(base::ErrorCode::kUnavailable, base::ErrorCode::kUnauthenticated));
    EXPECT_THAT(answer.error().message, ::testing::HasSubstr(address));
    return answer.error().message;
  }

  base::SystemClock clock_;
  telemetry::Registry registry_;
  SessionPool pool_{quick(), clock_, telemetry::Logger(), registry_};
};

}  // namespace weir::kafka
