// Brokers before 4.0, and which Kafka client serves them.

#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "kafka/session_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"

namespace weir::test {
namespace {

using kafka::ClientChoice;
using lag::LogPosition;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// One broker for all tests about its release: starting it takes seconds.
class OldBroker : public SessionTest {
 protected:
  void start(const std::string& release) {
    broker_ = std::make_unique<KafkaBroker>(std::vector<std::string>{"--release", release});
    KafkaAdmin admin(broker_->bootstrap());
    admin.create_topic("orders", 2);
    admin.produce("orders", 0, 5);
    admin.produce("orders", 1, 7);
    admin.delete_records("orders", 1, 3);
    admin.commit("billing", "orders", {{0, 4}, {1, 3}});
  }

  // A session as `weir scaler --kafka-client` has it.
  Source session_by(ClientChoice choice) {
    options_.client = choice;
    pools_.push_back(std::make_unique<kafka::SessionPool>(options_, clock_, telemetry::Logger(), registry_));
    return pools_.back()->get({{broker_->bootstrap()}, {}, false}).value();
  }

  static void expect_offsets(lag::OffsetSource& source) {
    EXPECT_EQ(partition_count(source, "orders").value(), 2);
    const auto committed = commits(source, "billing", {{"orders", 2}});
    ASSERT_TRUE(committed) << committed.error().message;
    ASSERT_EQ(committed->size(), 1u);
    EXPECT_THAT(committed->front().commits, ElementsAre(Pair(0, 4), Pair(1, 3)));
    EXPECT_THAT(commits(source, "nobody", {{"orders", 2}}).value(), testing::IsEmpty());
    EXPECT_EQ(log_offset(source, "orders", 0, LogPosition::kEnd).value(), 5);
    EXPECT_EQ(log_offset(source, "orders", 1, LogPosition::kEnd).value(), 7);
    EXPECT_EQ(log_offset(source, "orders", 1, LogPosition::kStart).value(), 3);
    EXPECT_EQ(partition_count(source, "missing").error().code, ErrorCode::kNotFound);
  }

 private:
  std::unique_ptr<KafkaBroker> broker_;
  std::vector<std::unique_ptr<kafka::SessionPool>> pools_;
};

TEST_F(OldBroker, Of30IsServedByWeirsOwnClient) {
  start("3.0.2");
  for (const auto choice : {ClientChoice::kAuto, ClientChoice::kWire}) {
    const auto source = session_by(choice);
    expect_offsets(*source);
    EXPECT_EQ(status(source).source, "wire");
  }
  const auto source = session_by(ClientChoice::kLibrdkafka);
  expect_offsets(*source);
  EXPECT_EQ(status(source).source, "librdkafka");
}

TEST_F(OldBroker, Of28IsServedByLibrdkafkaUnlessThatIsLeftOut) {
  start("2.8.2");
  const auto source = session_by(ClientChoice::kAuto);
  expect_offsets(*source);
  EXPECT_EQ(status(source).source, "librdkafka");

  const auto own = session_by(ClientChoice::kWire);
  for (int i = 0; i < 2; ++i) {
    const auto count = partition_count(*own, "orders");
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(count.error().message, HasSubstr("does not know version"));
  }
  EXPECT_EQ(status(own).source, "wire");
}

}  // namespace
}  // namespace weir::test
