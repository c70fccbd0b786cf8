// Brokers whose answers are not what was asked for.

#include <atomic>
#include <functional>
#include <string>

#include "hostile_broker_fixture.h"
#include "support/token_server.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using test::FakeBroker;
using test::Stream;
using test::TcpServer;
using ::testing::HasSubstr;
using wire::ApiKey;
using Clock = std::chrono::steady_clock;

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

}  // namespace
}  // namespace weir::kafka
