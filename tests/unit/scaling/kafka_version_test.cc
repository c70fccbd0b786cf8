#include "scaling/kafka_version.h"

#include <gtest/gtest.h>

namespace weir::scaling {
namespace {

TEST(KafkaVersion, TakesWhatKedasClientTakes) {
  for (const auto* version : {"1.0.0", "2.8.0", "4.1.1", "10.0.0", "0.10.0.0", "0.11.0.2", "3.07.1"}) {
    EXPECT_TRUE(is_kafka_version(version)) << version;
  }
}

TEST(KafkaVersion, RefusesWhatKedasClientRefuses) {
  for (const auto* version : {"1.0", "1.2.3.4", "0.11.0", "v2.8.0", "2.8.x", "2.8.0-rc1", "2..0", "2.8.0.", "-1.0.0",
                              "0.10.0.0.0", "00.10.0.0", "2. 8.0", "99999999999999999999.0.0", "0.9.0.1", "0.8.2.0"}) {
    EXPECT_FALSE(is_kafka_version(version)) << version;
  }
}

}  // namespace
}  // namespace weir::scaling
