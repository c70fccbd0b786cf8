// What a session does when its broker does not answer, and when it is back.

#include <functional>
#include <thread>

#include <gmock/gmock.h>

#include "kafka/session_fixture.h"
#include "support/fake_clock.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"

namespace weir::test {
namespace {

using lag::LogPosition;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::AnyOf;
using ::testing::HasSubstr;

// More than the contract's tenth of a second, for a loaded machine.
constexpr milliseconds kSlack{400};

class Failure : public SessionTest {
 protected:
  static void SetUpTestSuite() {
    broker_ = new KafkaBroker;
    KafkaAdmin admin(broker_->bootstrap());
    admin.create_topic("orders", 2);
    admin.produce("orders", 1, 7);
    admin.commit("group", "orders", {{1, 3}});
  }
  static void TearDownTestSuite() { delete broker_; }

  static bool answers(lag::OffsetSource& source, milliseconds within) {
    return commits(source, "group", {{"orders", 2}}, within).has_value() &&
           log_offset(source, "orders", 1, LogPosition::kEnd, within).has_value();
  }

  // How long it takes until everything is answered again.
  static milliseconds time_to_answer(lag::OffsetSource& source) {
    const auto started = steady_clock::now();
    while (!answers(source, milliseconds(1000)))
      if (steady_clock::now() - started > std::chrono::seconds(30)) break;
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - started);
  }

  // Every call ends by its deadline and fails with kUnavailable.
  static void expect_unavailable_in_time(lag::OffsetSource& source) {
    const milliseconds within(700);
    const std::vector<std::pair<const char*, std::function<base::Error()>>> calls{
        {"committed", [&] { return commits(source, "group", {{"orders", 2}}, within).error(); }},
        {"end", [&] { return log_offset(source, "orders", 1, LogPosition::kEnd, within).error(); }},
        {"start", [&] { return log_offset(source, "orders", 0, LogPosition::kStart, within).error(); }},
        {"partitions", [&] { return partition_count(source, "unknown-so-far", within).error(); }},
    };
    for (const auto& [name, call] : calls) {
      const auto started = steady_clock::now();
      const auto error = call();
      EXPECT_EQ(error.code, ErrorCode::kUnavailable) << name << ": " << error.message;
      EXPECT_LT(steady_clock::now() - started, within + kSlack) << name;
    }
  }

  static inline KafkaBroker* broker_ = nullptr;
};

TEST_F(Failure, OfAStoppedBrokerEndsEveryCallInTimeAndHeals) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  broker_->pause();
  expect_unavailable_in_time(*source);
  EXPECT_FALSE(pool().status().at(0).connected);
  broker_->resume();
  EXPECT_LT(time_to_answer(*source), milliseconds(3000));
  EXPECT_TRUE(pool().status().at(0).connected);
  EXPECT_EQ(pool().status().at(0).last_error, "");
}

TEST_F(Failure, OfAKilledBrokerEndsEveryCallInTimeAndHeals) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  broker_->kill();
  expect_unavailable_in_time(*source);
  EXPECT_THAT(pool().status().at(0).last_error, HasSubstr("unreachable"));
  broker_->restart();
  EXPECT_LT(time_to_answer(*source), milliseconds(5000));
  EXPECT_EQ(log_offset(*source, "orders", 1, LogPosition::kEnd).value(), 7);
}

TEST_F(Failure, OfABrokerThatNeverWasNamesIt) {
  const auto source = session("127.0.0.1:1");
  const auto error = commits(*source, "group", {}, milliseconds(500)).error();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("refused")));
}

TEST_F(Failure, ToResolveANameSaysSo) {
  const auto source = session("kafka.invalid:9092");
  const auto error = partition_count(*source, "orders", milliseconds(1500)).error();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("kafka.invalid:9092"));
}

TEST_F(Failure, OfABrokerDoesNotHoldUpTheEndOfThePool) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  broker_->pause();
  EXPECT_FALSE(answers(*source, milliseconds(300)));
  const auto started = steady_clock::now();
  {
    kafka::SessionPool other(options_, clock_, telemetry::Logger(), registry_);
    auto held = other.get({{broker_->bootstrap()}, {}, false}).value();
    EXPECT_FALSE(answers(*held, milliseconds(300)));
  }
  EXPECT_LT(steady_clock::now() - started, milliseconds(2500));
  broker_->resume();
}

TEST_F(Failure, InterruptEndsARunningCallSoon) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  broker_->pause();
  const auto started = steady_clock::now();
  std::jthread interrupter([&] { source->interrupt(); });
  EXPECT_FALSE(commits(*source, "group", {{"orders", 2}}).has_value());
  EXPECT_LT(steady_clock::now() - started, milliseconds(1000));
  EXPECT_FALSE(log_offset(*source, "orders", 0, LogPosition::kEnd).has_value());
  EXPECT_LT(steady_clock::now() - started, milliseconds(1000));
  broker_->resume();
}

TEST_F(Failure, ToBeUsedClosesASession) {
  weir::testing::FakeClock clock;
  kafka::SessionPool pool(options_, clock, telemetry::Logger(), registry_);
  const kafka::SessionKey key{{broker_->bootstrap()}, {}, false};
  auto held = pool.get(key).value();
  ASSERT_TRUE(answers(*held, kEnough));
  clock.advance(options_.unused_after * 2);
  // Held by us: it stays, through at least one round of the pool.
  const auto looked = in(milliseconds(1500));
  while (steady_clock::now() < looked)
    ASSERT_EQ(pool.status().size(), 1U);
  EXPECT_EQ(pool.get(key).value(), held);

  held.reset();
  clock.advance(options_.unused_after * 2);
  const auto until = in(kEnough);
  while (!pool.status().empty() || connections_to(broker_->bootstrap()) > 0)
    ASSERT_LT(steady_clock::now(), until);
}

TEST_F(Failure, OfOneSessionTooManyNamesTheLimit) {
  options_.max_sessions = 1;
  const auto first = session("127.0.0.1:1");
  const auto again = pool().get({{"127.0.0.1:1"}, {}, false});
  EXPECT_EQ(again.value(), first);
  const auto second = pool().get({{"127.0.0.1:2"}, {}, false});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kResourceExhausted);
}

TEST_F(Failure, AndSuccessAreCounted) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  EXPECT_FALSE(partition_count(*source, "missing").has_value());
  // librdkafka reports what it sent every 15 s.
  const auto until = in(std::chrono::seconds(40));
  while (pool().status().at(0).requests == 0)
    ASSERT_LT(steady_clock::now(), until);
  EXPECT_GT(pool().status().at(0).bytes_sent, 0U);
  EXPECT_GT(pool().status().at(0).bytes_received, 0U);
  const auto metrics = registry_.scrape();
  EXPECT_THAT(metrics, HasSubstr(R"(weir_kafka_requests_total{type="OffsetFetch"})"));
  EXPECT_THAT(metrics, HasSubstr(R"(weir_kafka_errors_total{code="NOT_FOUND"} 1)"));
  EXPECT_THAT(metrics, HasSubstr(R"(weir_kafka_call_duration_seconds_count{call="committed"} 1)"));
  EXPECT_THAT(metrics, HasSubstr("weir_kafka_sessions 1"));
}

}  // namespace
}  // namespace weir::test
