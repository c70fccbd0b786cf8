// The session over librdkafka, against librdkafka's own mock cluster, which answers with the errors that it is told.
#include "kafka/session.h"

#include <array>
#include <chrono>
#include <memory>

#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/client_reaper.h"
#include "support/commits.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;

constexpr std::int16_t kOffsetFetch = 9;
constexpr std::int16_t kListOffsets = 2;

class LibrdkafkaSession : public ::testing::Test {
 protected:
  LibrdkafkaSession() {
    std::array<char, 256> reason{};
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason.data(), reason.size());
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    rd_kafka_mock_topic_create(cluster_, "orders", 2, 1);
    session_ = std::make_unique<Session>(SessionKey{{rd_kafka_mock_cluster_bootstraps(cluster_)}, {}, false},
                                         SessionOptions(), "mock", std::make_shared<const Instruments>(registry_),
                                         telemetry::Logger(), std::make_shared<Kerberos>(),
                                         [this](std::shared_ptr<Client> client) { reaper_.retire(std::move(client)); });
  }
  ~LibrdkafkaSession() override {
    session_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }

  static base::SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }
  base::Result<std::vector<test::TopicCommits>> commits() {
    return test::commits_in(
        session_->committed(std::vector{lag::CommittedRequest{"group", {{"orders", 2}}}}, soon()).at(0));
  }
  base::Result<lag::Offset> end(std::int32_t partition) {
    return session_
        ->log_offsets(std::vector{lag::LogOffsetRequest{"orders", {partition}}}, lag::LogPosition::kEnd, soon())
        .at(0)
        .at(0);
  }

  telemetry::Registry registry_;
  ClientReaper reaper_;
  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  std::unique_ptr<Session> session_;
};

TEST_F(LibrdkafkaSession, AsksAgainWhenTheCoordinatorMoved) {
  rd_kafka_mock_push_request_errors(cluster_, kOffsetFetch, 2, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
  const auto found = commits();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_TRUE(found->empty());
}

TEST_F(LibrdkafkaSession, MakesANewClientWhenTheCoordinatorStaysWrong) {
  rd_kafka_mock_push_request_errors(cluster_, kOffsetFetch, 3, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                    RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
  const auto found = commits();
  ASSERT_TRUE(found.has_value()) << found.error().message;
}

TEST_F(LibrdkafkaSession, DoesNotAskAgainWhatIsDenied) {
  rd_kafka_mock_push_request_errors(cluster_, kOffsetFetch, 1, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
  const auto found = commits();
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(found.error().message, HasSubstr("denies group \"group\""));
  EXPECT_TRUE(commits().has_value());
}

TEST_F(LibrdkafkaSession, LooksForTheLeaderAgainWhenItMoved) {
  ASSERT_EQ(session_->partition_counts(std::vector<std::string>{"orders"}, soon()).at(0).value(), 2);
  rd_kafka_mock_push_request_errors(cluster_, kListOffsets, 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  const auto offset = end(1);
  ASSERT_TRUE(offset.has_value()) << offset.error().message;
  EXPECT_EQ(*offset, 0);
}

}  // namespace
}  // namespace weir::kafka
