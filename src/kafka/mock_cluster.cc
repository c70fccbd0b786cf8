#include "kafka/mock_cluster.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

namespace weir::kafka {

using base::ErrorCode;

namespace {

// The client that carries the cluster has no brokers of its own, and says so on standard error.
void ignore_log(const rd_kafka_t*, int, const char*, const char*) {}

}  // namespace

struct MockCluster::Impl {
  struct Destroy {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
    void operator()(rd_kafka_mock_cluster_t* cluster) const { rd_kafka_mock_cluster_destroy(cluster); }
  };

  // The cluster runs on a client's threads, so it must go first.
  std::unique_ptr<rd_kafka_t, Destroy> client;
  std::unique_ptr<rd_kafka_mock_cluster_t, Destroy> cluster;
};

base::Result<std::unique_ptr<MockCluster>> MockCluster::start(int brokers) {
  char text[512];
  auto impl = std::make_unique<Impl>();
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, ignore_log);
  impl->client.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text));
  if (!impl->client) {
    rd_kafka_conf_destroy(conf);
    return base::fail(ErrorCode::kInternal, "the mock Kafka cluster did not start: {}", text);
  }
  impl->cluster.reset(rd_kafka_mock_cluster_new(impl->client.get(), brokers));
  if (!impl->cluster)
    return base::fail(ErrorCode::kInternal, "the mock Kafka cluster of {} brokers did not start", brokers);
  return std::unique_ptr<MockCluster>(new MockCluster(std::move(impl)));
}

MockCluster::MockCluster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MockCluster::~MockCluster() = default;

std::string MockCluster::bootstrap_servers() const {
  return rd_kafka_mock_cluster_bootstraps(impl_->cluster.get());
}

base::Result<void> MockCluster::create_topic(const std::string& topic, int partitions) {
  const auto error = rd_kafka_mock_topic_create(impl_->cluster.get(), topic.c_str(), partitions, 1);
  if (error) return base::fail(ErrorCode::kInvalidArgument, "topic {}: {}", topic, rd_kafka_err2str(error));
  return {};
}

}  // namespace weir::kafka
