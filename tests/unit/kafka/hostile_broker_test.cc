// Brokers that mean ill, or are none: each may cost its own session, and nothing else.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "fuzz/allocation_meter.h"
#include "kafka/session_pool.h"
#include "monitor/monitor.h"
#include "support/fake_broker.h"
#include "support/token_server.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using test::FakeBroker;
using test::Stream;
using test::TcpServer;
using ::testing::_;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using wire::ApiKey;
using Clock = std::chrono::steady_clock;

constexpr auto kRequestTimeout = 400ms;
constexpr auto kDeadline = 800ms;
// For a machine that has other work.
constexpr auto kGrace = 700ms;
// Of one call: an answer of the most bytes that are believed, while it is grown into, and a little.
constexpr std::size_t kMostBytes = 256 << 20;

const std::string kNoise(64 << 10, 'x');

std::string length_of(std::uint32_t length) {
  return {static_cast<char>(length >> 24), static_cast<char>(length >> 16), static_cast<char>(length >> 8),
          static_cast<char>(length)};
}

void send_without_end(Stream& stream) {
  while (stream.write(kNoise)) {
  }
}

void drip(Stream& stream, std::string_view bytes) {
  for (const char byte : bytes) {
    if (!stream.write({&byte, 1})) return;
    std::this_thread::sleep_for(20ms);
  }
}

struct HostileServer {
  const char* name;
  TcpServer::Serve serve;
  bool tls = false;  // whether the client expects TLS; the server never speaks it
};

std::vector<HostileServer> hostile_servers() {
  return {
      {"hangs up at once", [](Stream&) {}},
      {"says nothing", [](Stream& stream) { stream.wait_until_closed(); }},
      {"speaks garbage", send_without_end},
      {"is a web server",
       [](Stream& stream) {
         stream.read(1);
         stream.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
       }},
      {"announces 2 GB and sends them",
       [](Stream& stream) {
         stream.read(1);
         stream.write(length_of(0x7FFF'FFFF));
         send_without_end(stream);
       }},
      {"announces a negative length",
       [](Stream& stream) {
         stream.write(length_of(0xFFFF'FFF0));
         stream.wait_until_closed();
       }},
      {"sends the largest frame that is believed, of nothing",
       [](Stream& stream) {
         stream.read(1);
         stream.write(length_of(64 << 20) + length_of(1));
         send_without_end(stream);
       }},
      {"stops in the middle of a frame",
       [](Stream& stream) {
         stream.write(length_of(100) + length_of(1) + "abc");
         stream.wait_until_closed();
       }},
      {"hangs up in the middle of a frame",
       [](Stream& stream) {
         stream.read(1);
         stream.write(length_of(100) + length_of(1) + "abc");
       }},
      {"drips", [](Stream& stream) { drip(stream, length_of(5000) + length_of(1) + std::string(5000, '\0')); }},
      {"says nothing to a TLS hello", [](Stream& stream) { stream.wait_until_closed(); }, true},
      {"stops in the middle of a TLS handshake",
       [](Stream& stream) {
         stream.write(std::string("\x16\x03\x03\x40\x00\x02", 6));
         stream.wait_until_closed();
       },
       true},
      {"drips a TLS record", [](Stream& stream) { drip(stream, "\x16\x03\x03\x40" + std::string(5000, '\x02')); },
       true},
      {"answers a TLS hello with garbage", send_without_end, true},
  };
}

SessionKey key_of(const std::string& address, bool tls = false) {
  SessionKey key;
  key.brokers = {address};
  key.credentials.tls = tls;
  return key;
}

SessionOptions quick() {
  SessionOptions options;
  options.request_timeout = kRequestTimeout;
  return options;
}

const std::vector<lag::CommittedRequest> kGroup{{"shop", {{"orders", FakeBroker::kPartitions}}}};

class HostileBroker : public ::testing::Test {
 protected:
  using Source = std::shared_ptr<lag::OffsetSource>;

  Source open(const SessionKey& key) { return pool_.get(key).value(); }

  // Asks for a group and says how that failed, after checking what every failure must be.
  std::string failure(lag::OffsetSource& source, const std::string& address) {
    const auto started = Clock::now();
    const test::AllocationMeter meter;
    const auto answer = source.committed(kGroup, started + kDeadline).at(0);
    EXPECT_LE(Clock::now() - started, kDeadline + kGrace) << "the deadline is not kept";
    EXPECT_LE(meter.peak_bytes(), kMostBytes);
    if (answer) return "no failure";
    EXPECT_THAT(answer.error().code, AnyOf(Eq(ErrorCode::kUnavailable), Eq(ErrorCode::kUnauthenticated)));
    EXPECT_THAT(answer.error().message, HasSubstr(address));
    return answer.error().message;
  }

  base::SystemClock clock_;
  telemetry::Registry registry_;
  SessionPool pool_{quick(), clock_, telemetry::Logger(), registry_};
};

TEST_F(HostileBroker, CostsItsOwnCallAndNoMore) {
  for (const auto& [name, serve, tls] : hostile_servers()) {
    SCOPED_TRACE(name);
    const TcpServer server(serve);
    const auto source = open(key_of(server.address(), tls));
    for (int call = 0; call < 2; ++call)
      EXPECT_NE(failure(*source, server.address()), "no failure");
  }
}

std::string with_correlation(std::string answer, char last) {
  answer[7] = last;
  return answer;
}

TEST_F(HostileBroker, ThatDistortsAnswersIsNotBelieved) {
  struct Row {
    const char* name;
    std::function<std::string(ApiKey, const std::string&)> distort;
    const char* message;
  };
  const auto in_answer_to = [](ApiKey wanted, auto change) {
    return [wanted, change](ApiKey api, const std::string& answer) { return api == wanted ? change(answer) : answer; };
  };
  const Row rows[] = {
      {"the wrong correlation id",
       in_answer_to(ApiKey::kOffsetFetch, [](const std::string& answer) { return with_correlation(answer, 99); }),
       "nobody asked for"},
      {"every answer twice", [](ApiKey, const std::string& answer) { return answer + answer; }, "nobody asked for"},
      {"half of what was announced, and then the next",
       in_answer_to(ApiKey::kOffsetFetch,
                    [](const std::string& answer) { return answer.substr(0, answer.size() / 2); }),
       "did not answer"},
      {"a frame that is shorter than its content",
       in_answer_to(ApiKey::kOffsetFetch,
                    [](std::string answer) {
                      answer[3] = static_cast<char>(answer[3] - 6);
                      return answer;
                    }),
       "cannot be read"},
      {"an answer without end",
       in_answer_to(ApiKey::kFindCoordinator,
                    [](const std::string& answer) {
                      return length_of(63 << 20) + answer.substr(4) + std::string(16 << 20, '\0');
                    }),
       "did not answer"},
      {"an empty answer",
       in_answer_to(ApiKey::kFindCoordinator,
                    [](const std::string& answer) { return length_of(4) + answer.substr(4, 4); }),
       "cannot be read"},
  };
  for (const auto& [name, distort, message] : rows) {
    SCOPED_TRACE(name);
    const FakeBroker broker({.distort = distort});
    const auto source = open(key_of(broker.address()));
    EXPECT_THAT(failure(*source, broker.address()), HasSubstr(message));
  }
}

std::string int32_bytes(std::int32_t value) {
  return length_of(static_cast<std::uint32_t>(value));
}

TEST_F(HostileBroker, ThatSaysItHasMovedIsReadToTheEndOfItsAnswer) {
  std::atomic<bool> moved = true;
  std::int32_t port = 0;
  const FakeBroker broker({.distort = [&](ApiKey api, std::string answer) {
    const auto at = answer.rfind(int32_bytes(port));
    if (api == ApiKey::kFindCoordinator && moved && at != std::string::npos) answer.replace(at, 4, int32_bytes(1));
    return answer;
  }});
  const std::string address = broker.address();
  port = std::stoi(address.substr(address.rfind(':') + 1));
  const auto source = open(key_of(address));
  // By which the connection that was opened to a bootstrap server is the one to broker 1.
  const std::vector<std::string> topics{"orders"};
  ASSERT_TRUE(source->partition_counts(topics, Clock::now() + kDeadline).at(0).has_value());
  EXPECT_THAT(failure(*source, "127.0.0.1:1"), HasSubstr("unreachable"));
  moved = false;
  ASSERT_TRUE(source->partition_counts(topics, Clock::now() + kDeadline).at(0).has_value());
  EXPECT_TRUE(source->committed(kGroup, Clock::now() + kDeadline).at(0).has_value());
}

// An answer to OffsetFetch with the correlation id of another, of groups that `write` writes.
std::string offset_fetch_answer(const std::string& answer, std::int64_t groups,
                                const std::function<void(wire::Writer&)>& write) {
  wire::Writer out;
  out.no_tags().int32(0).compact_array(groups);
  for (std::int64_t group = 0; group < groups; ++group)
    write(out);
  out.no_tags();
  const auto body = out.take();
  return int32_bytes(static_cast<std::int32_t>(body.size() + 4)) + answer.substr(4, 4) +
         std::string(body.begin(), body.end());
}

TEST_F(HostileBroker, ThatTellsOfAGroupAMillionTimesIsHeardOnce) {
  const FakeBroker broker({.distort = [](ApiKey api, const std::string& answer) {
    if (api != ApiKey::kOffsetFetch) return answer;
    return offset_fetch_answer(answer, 1'000'000, [](wire::Writer& out) {
      constexpr std::int16_t kNotCoordinator = 16;
      out.compact_string("shop").compact_array(0).int16(kNotCoordinator).no_tags();
    });
  }});
  const auto source = open(key_of(broker.address()));
  EXPECT_NE(failure(*source, broker.address()), "no failure");
}

TEST_F(HostileBroker, ThatTellsOfMoreTopicsThanAreReadIsRefused) {
  for (const int topics : {10'000, 10'001}) {
    SCOPED_TRACE(topics);
    const FakeBroker broker({.distort = [topics](ApiKey api, const std::string& answer) {
      if (api != ApiKey::kOffsetFetch) return answer;
      return offset_fetch_answer(answer, 1, [topics](wire::Writer& out) {
        out.compact_string("shop").compact_array(topics);
        for (int topic = 0; topic < topics; ++topic)
          out.compact_string("topic-" + std::to_string(topic)).compact_array(0).no_tags();
        out.int16(0).no_tags();
      });
    }});
    const std::vector<lag::CommittedRequest> all_topics{{"shop", {}}};
    const auto answer = open(key_of(broker.address()))->committed(all_topics, Clock::now() + kDeadline).at(0);
    EXPECT_EQ(answer.has_value(), topics == 10'000);
    if (answer) continue;
    EXPECT_EQ(answer.error().code, ErrorCode::kResourceExhausted);
    EXPECT_THAT(answer.error().message, HasSubstr("name those that count in topic"));
  }
}

TEST_F(HostileBroker, ThatHangsLeavesTheGroupsOfOthersTheirAnswers) {
  const TcpServer silent([](Stream& stream) { stream.wait_until_closed(); });
  const FakeBroker broker({.coordinated_elsewhere = {{"held", silent.port()}}});
  const auto source = open(key_of(broker.address()));
  const std::vector<lag::CommittedRequest> both{{"held", {{"orders", FakeBroker::kPartitions}}}, kGroup.front()};
  // Less than what is waited for an answer, so that there is no time left when the silent one is given up.
  for (int call = 0; call < 3; ++call) {
    const auto answers = source->committed(both, Clock::now() + kRequestTimeout / 2);
    EXPECT_FALSE(answers.at(0).has_value());
    EXPECT_TRUE(answers.at(1).has_value()) << answers.at(1).error().message;
  }
}

TEST_F(HostileBroker, ThatTellsOfATopicWithoutPartitionsIsAskedAgain) {
  const FakeBroker broker({.partitions = 0});
  const std::vector<std::string> topics{"orders"};
  const auto count = open(key_of(broker.address()))->partition_counts(topics, Clock::now() + kDeadline).at(0);
  ASSERT_FALSE(count.has_value()) << "a topic without partitions has no lag, which nobody knows here";
  EXPECT_EQ(count.error().code, ErrorCode::kUnavailable);
}

TEST_F(HostileBroker, ThatDoesNotKnowAPartitionOfItsOwnIsAskedAgain) {
  const FakeBroker broker({.distort = [](ApiKey api, std::string answer) {
    constexpr std::size_t kErrorOfFirst = 27;  // behind lengths, ids, "orders" and the partition
    constexpr char kUnknownTopicOrPartition = 3;
    if (api == ApiKey::kListOffsets) answer.at(kErrorOfFirst) = kUnknownTopicOrPartition;
    return answer;
  }});
  const auto source = open(key_of(broker.address()));
  const std::vector<lag::LogOffsetRequest> ends{{"orders", {0, 1}}};
  const auto offsets = source->log_offsets(ends, lag::LogPosition::kEnd, Clock::now() + kDeadline).at(0);
  ASSERT_FALSE(offsets.at(0).has_value());
  EXPECT_EQ(offsets.at(0).error().code, ErrorCode::kUnavailable) << offsets.at(0).error().message;
  EXPECT_EQ(offsets.at(1).value(), FakeBroker::kEnd);
}

// Takes tokens of an endpoint that grants one.
TEST_F(HostileBroker, IsTalkedToForAsLongAsAnAuthenticationHolds) {
  constexpr auto kLifetime = 1500ms;
  test::TokenServer tokens("weir", "secret");
  const FakeBroker broker(
      {.authenticate = [](const std::string&) { return true; }, .session_lifetime_ms = kLifetime.count()});
  SessionKey key = key_of(broker.address());
  key.credentials.sasl = SaslMechanism::kOauthBearer;
  key.credentials.username = "weir";
  key.credentials.password = base::Secret("secret");
  key.credentials.token_endpoint = tokens.url();
  const auto source = open(key);
  const auto began = Clock::now();
  ASSERT_TRUE(source->committed(kGroup, Clock::now() + kDeadline).at(0).has_value());
  tokens.refuse_the_client();
  while (source->committed(kGroup, Clock::now() + kDeadline).at(0))
    ASSERT_LE(Clock::now() - began, 10s) << "the connection is used although its authentication has ended";
  EXPECT_GE(Clock::now() - began, kLifetime);
}

TEST_F(HostileBroker, ThatSendsMoreThanWasAskedGetsNothingKept) {
  const FakeBroker broker({.uninvited = 20});
  const auto source = open(key_of(broker.address()));
  const std::vector<std::string> topics{"orders"};
  EXPECT_EQ(source->partition_counts(topics, Clock::now() + kDeadline).at(0).value(), FakeBroker::kPartitions);
  const auto commits = source->committed(kGroup, Clock::now() + kDeadline).at(0);
  ASSERT_TRUE(commits.has_value()) << commits.error().message;
  ASSERT_EQ(commits->offsets->size(), 1u);
  EXPECT_EQ(commits->offsets->front().topic, "orders");
  EXPECT_EQ(commits->offsets->front().partitions.at(0).committed, lag::Offset{FakeBroker::kCommitted});
  const std::vector<lag::LogOffsetRequest> ends{{"orders", {0, 1}}};
  const auto offsets = source->log_offsets(ends, lag::LogPosition::kEnd, Clock::now() + kDeadline);
  ASSERT_EQ(offsets.size(), 1u);
  ASSERT_EQ(offsets[0].size(), 2u);
  EXPECT_EQ(offsets[0][1].value(), FakeBroker::kEnd);
}

TEST_F(HostileBroker, IsSeenInTheFiguresOfItsOwnSession) {
  const FakeBroker good;
  const TcpServer bad([](Stream& stream) { stream.read(1); });
  ASSERT_TRUE(open(key_of(good.address()))->committed(kGroup, Clock::now() + kDeadline).at(0).has_value());
  ASSERT_FALSE(open(key_of(bad.address()))->committed(kGroup, Clock::now() + kDeadline).at(0).has_value());
  for (const SessionStatus& status : pool_.status()) {
    SCOPED_TRACE(status.name);
    EXPECT_GT(status.bytes_sent, 0u);
    if (status.brokers.front() == good.address()) {
      EXPECT_THAT(status.requests_by_type, Contains(Pair("OffsetFetch", 1u)));
      EXPECT_THAT(status.requests_by_type, Contains(Pair("FindCoordinator", 1u)));
      EXPECT_EQ(status.requests, std::accumulate(status.requests_by_type.begin(), status.requests_by_type.end(), 0u,
                                                 [](auto sum, const auto& entry) { return sum + entry.second; }));
      EXPECT_GT(status.bytes_received, 0u);
      EXPECT_EQ(status.connects, static_cast<std::uint64_t>(good.connections()));
      EXPECT_EQ(status.disconnects, 0u);
      EXPECT_THAT(status.errors, IsEmpty());
    } else {
      EXPECT_THAT(status.requests_by_type, Not(Contains(Pair("OffsetFetch", _))));
      EXPECT_GT(status.disconnects, 0u);
      EXPECT_THAT(status.errors, ElementsAre(Pair("UNAVAILABLE", 1u)));
    }
  }
}

// The longest time for which a subscription had no new snapshot.
class Gaps {
 public:
  Gaps(monitor::Monitor& monitor, const monitor::SubscriptionPtr& subscription)
      : guard_(monitor.listen(subscription, [this](const monitor::SnapshotPtr&) { seen(); })) {}
  Clock::duration longest() {
    seen();
    const std::scoped_lock lock(mutex_);
    return longest_;
  }

 private:
  void seen() {
    const std::scoped_lock lock(mutex_);
    const auto now = Clock::now();
    longest_ = std::max(longest_, now - last_);
    last_ = now;
  }

  std::mutex mutex_;
  Clock::time_point last_ = Clock::now();
  Clock::duration longest_{};
  monitor::ListenerGuard guard_;
};

TEST_F(HostileBroker, DelaysNoOtherSession) {
  const FakeBroker good;
  std::list<TcpServer> servers;
  monitor::MonitorOptions options;
  options.refresh_interval = 100ms;
  monitor::Monitor monitor(options, clock_, telemetry::Logger(), registry_);
  const auto healthy = monitor.subscribe({open(key_of(good.address())), "shop", {"orders"}});
  std::vector<monitor::ListenerGuard> guards;
  std::vector<monitor::SubscriptionPtr> hostile;
  for (const auto& [name, serve, tls] : hostile_servers()) {
    auto& server = servers.emplace_back(serve);
    hostile.push_back(monitor.subscribe({open(key_of(server.address(), tls)), "shop", {"orders"}}));
    guards.push_back(monitor.listen(hostile.back(), [](const monitor::SnapshotPtr&) {}));
  }
  Gaps gaps(monitor, healthy);
  std::this_thread::sleep_for(3s);
  EXPECT_LE(gaps.longest(), 1500ms) << "the good broker's group was not refreshed in time";
  EXPECT_TRUE(monitor.status(healthy).snapshot);
  EXPECT_FALSE(monitor.status(healthy).error);
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    const auto status = monitor.status(hostile[i]);
    EXPECT_FALSE(status.snapshot) << hostile_servers()[i].name;
    EXPECT_TRUE(status.error) << hostile_servers()[i].name;
  }
}

}  // namespace
}  // namespace weir::kafka
