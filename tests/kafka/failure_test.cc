// What a session does when its broker does not answer, and when it is back.

#include <functional>
#include <thread>
#include <utility>

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

class Failure : public EitherSessionTest {
 protected:
  static void SetUpTestSuite() {
    broker_ = new KafkaBroker;
    KafkaAdmin admin(broker_->bootstrap());
    admin.create_topic("orders", 2);
    admin.produce("orders", 1, 7);
    admin.commit("group", "orders", {{1, 3}});
  }
  static void TearDownTestSuite() { delete std::exchange(broker_, nullptr); }

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

TEST_P(Failure, OfAStoppedBrokerEndsEveryCallInTimeAndHeals) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  broker_->pause();
  expect_unavailable_in_time(*source);
  EXPECT_FALSE(status(source).connected);
  broker_->resume();
  EXPECT_LT(time_to_answer(*source), milliseconds(3000));
  EXPECT_TRUE(status(source).connected);
  EXPECT_EQ(status(source).last_error, "");
}

TEST_P(Failure, OfAKilledBrokerEndsEveryCallInTimeAndHeals) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  broker_->kill();
  expect_unavailable_in_time(*source);
  EXPECT_THAT(status(source).last_error, HasSubstr("unreachable"));
  broker_->restart();
  EXPECT_LT(time_to_answer(*source), milliseconds(5000));
  EXPECT_EQ(log_offset(*source, "orders", 1, LogPosition::kEnd).value(), 7);
}

TEST_P(Failure, OfABrokerThatNeverWasNamesIt) {
  const auto source = session("127.0.0.1:1");
  const auto error = commits(*source, "group", {}, milliseconds(500)).error();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("refused")));
}

TEST_P(Failure, ToResolveANameSaysSo) {
  const auto source = session("kafka.invalid:9092");
  const auto error = partition_count(*source, "orders", milliseconds(1500)).error();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("kafka.invalid:9092"));
}

TEST_P(Failure, OfABrokerDoesNotHoldUpTheEndOfThePool) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  broker_->pause();
  EXPECT_FALSE(answers(*source, milliseconds(300)));
  const auto started = steady_clock::now();
  {
    kafka::SessionPool other(options_, clock_, telemetry::Logger(), registry_);
    auto held = other.get({{broker_->bootstrap()}, {}, false}).value();
    EXPECT_FALSE(answers(*held, milliseconds(300)));
    auto again = session(broker_->bootstrap());
    EXPECT_FALSE(answers(*again, milliseconds(300)));
  }
  EXPECT_LT(steady_clock::now() - started, milliseconds(2500));
  broker_->resume();
}

TEST_P(Failure, InterruptEndsARunningCallSoon) {
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

TEST_P(Failure, AndSuccessAreCounted) {
  const auto source = session(broker_->bootstrap());
  ASSERT_TRUE(answers(*source, kEnough));
  EXPECT_FALSE(partition_count(*source, "missing").has_value());
  // librdkafka reports what it sent every 15 s.
  const auto until = in(std::chrono::seconds(40));
  while (status(source).requests == 0)
    ASSERT_LT(steady_clock::now(), until);
  EXPECT_GT(status(source).bytes_sent, 0U);
  EXPECT_GT(status(source).bytes_received, 0U);
  const auto metrics = registry_.scrape();
  EXPECT_THAT(metrics, HasSubstr(R"(weir_kafka_requests_total{type="OffsetFetch"})"));
  EXPECT_THAT(metrics, HasSubstr(R"(weir_kafka_errors_total{code="NOT_FOUND"} 1)"));
  EXPECT_THAT(metrics, HasSubstr(R"(weir_kafka_call_duration_seconds_count{call="committed"} 1)"));
}

using Pool = SessionTest;

TEST_F(Pool, ClosesASessionThatNobodyUses) {
  const KafkaBroker broker;
  weir::testing::FakeClock clock;
  kafka::SessionPool pool(options_, clock, telemetry::Logger(), registry_);
  const kafka::SessionKey key{{broker.bootstrap()}, {}, false};
  auto held = pool.get(key).value();
  ASSERT_TRUE(commits(*held, "group").has_value());
  clock.advance(options_.unused_after * 2);
  // Held by us: it stays, through at least one round of the pool.
  const auto looked = in(milliseconds(1500));
  while (steady_clock::now() < looked)
    ASSERT_EQ(pool.status().size(), 1U);
  EXPECT_EQ(pool.get(key).value(), held);

  held.reset();
  clock.advance(options_.unused_after * 2);
  const auto until = in(kEnough);
  while (!pool.status().empty() || connections_to(broker.bootstrap()) > 0)
    ASSERT_LT(steady_clock::now(), until);
}

TEST_F(Pool, NamesTheLimitOfSessions) {
  options_.max_sessions = 1;
  const auto first = session("127.0.0.1:1");
  const auto again = pool().get({{"127.0.0.1:1"}, {}, false});
  EXPECT_EQ(again.value(), first);
  const auto second = pool().get({{"127.0.0.1:2"}, {}, false});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(registry_.scrape(), HasSubstr("weir_kafka_sessions 1"));
}

WEIR_FOR_EITHER_SESSION(Failure);

}  // namespace
}  // namespace weir::test
