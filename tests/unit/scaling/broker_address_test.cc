#include "scaling/broker_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::scaling {
namespace {

TEST(BrokerAddress, TakesHostAndPort) {
  for (const auto* address : {"kafka:9092", "kafka-0.kafka.svc.cluster.local:9092", "10.0.0.1:1", "[::1]:9092",
                              "[fe80::1]:65535", "my_broker:9093"}) {
    EXPECT_EQ(broker_address_remedy(address), std::nullopt) << address;
  }
}

TEST(BrokerAddress, SaysWhatToWriteInstead) {
  const struct {
    const char* what;
    const char* address;
    const char* remedy;
  } rows[] = {
      {"no port", "kafka", "such as kafka:9092"},
      {"an IPv6 address without port", "[::1]", "such as [::1]:9092"},
      {"a port that is a name", "kafka:http", "such as kafka:9092"},
      {"port 0", "kafka:0", "from 1 to 65535"},
      {"a port above 65535", "kafka:65536", "from 1 to 65535"},
      {"a port with many digits", "kafka:000000000000009092", "from 1 to 65535"},
      {"no host", ":9092", "host is missing"},
      {"a bare IPv6 address", "::1:9092", "in brackets"},
      {"a protocol before it", "SASL_SSL://kafka:9093", "without \"SASL_SSL://\""},
      {"a space inside", "kafka one:9092", "letters, digits"},
      {"a line break inside", "kafka\nssl.ca=x:9092", "letters, digits"},
      {"brackets around a name", "[kafka]:9092", "letters, digits"},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(broker_address_remedy(row.address).value_or("accepted"), testing::HasSubstr(row.remedy)) << row.what;
  }
}

TEST(BrokerAddress, RefusesAHostLongerThanDnsAllows) {
  EXPECT_EQ(broker_address_remedy(std::string(255, 'a') + ":9092"), std::nullopt);
  EXPECT_NE(broker_address_remedy(std::string(256, 'a') + ":9092"), std::nullopt);
}

}  // namespace
}  // namespace weir::scaling
