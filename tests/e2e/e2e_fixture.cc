#include "e2e_fixture.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "base/parse.h"
#include "controller/conditions.h"
#include "http/client.h"

namespace weir {

using controller::consumer_group_resource;
using kube::Json;

namespace {

constexpr int kNodes = 6, kZones = 3;

}  // namespace

ReplicaHistory::ReplicaHistory(kube::Client& client, const kube::Resource& resource, const kube::ObjectKey& key)
    : informer_(client, {.resource = resource, .ns = key.ns}, telemetry::Logger()) {
  informer_.add_handler([this, key](const kube::Change& change) {
    if (change.key != key || !change.now) return;
    const auto replicas = kube::int_at(*change.now, "/spec/replicas", -1);
    const std::scoped_lock lock(mutex_);
    if (values_.empty() || values_.back() != replicas) values_.push_back(replicas);
  });
  informer_.start();
  informer_.wait_synced({});
}

ReplicaHistory::~ReplicaHistory() {
  informer_.stop();
}

std::int64_t ReplicaHistory::now() const {
  const std::scoped_lock lock(mutex_);
  return values_.empty() ? -1 : values_.back();
}

std::vector<std::int64_t> ReplicaHistory::all() const {
  const std::scoped_lock lock(mutex_);
  return values_;
}

std::int64_t ReplicaHistory::most() const {
  const std::scoped_lock lock(mutex_);
  return values_.empty() ? -1 : *std::ranges::max_element(values_);
}

void ReplicaHistory::restart() {
  const std::scoped_lock lock(mutex_);
  if (values_.size() > 1) values_.erase(values_.begin(), values_.end() - 1);
}

void EndToEnd::SetUpTestSuite() {
  start_cluster({});
  start_scaler();
  start_controller();
}

void EndToEnd::start_cluster(const std::vector<std::string>& options) {
  std::vector<std::string> all{"--controller-manager", "--keda"};
  all.insert(all.end(), options.begin(), options.end());
  cluster_ = std::make_unique<test::KubeCluster>(all);
  kafka_ = std::make_unique<test::KafkaBroker>(std::vector<std::string>{"--listeners", "sasl_scram"});
  records_ = std::make_unique<test::KafkaAdmin>(kafka_->bootstrap());
  scaler_address_ = "127.0.0.1:" + std::to_string(test::free_port());
  scaler_http_ = test::free_port();
  controller_http_ = test::free_port();
  cluster_->install_crd(test::kafka_source_crd());
  cluster_->kubectl("apply -f '" + test::chart_file("rbac/kafka-source.yaml") + "'");
  cluster_->kubectl(
      "create clusterrolebinding kafka-source --clusterrole=weir-controller-kafka-source"
      " --serviceaccount=weir:weir-controller");
}

void EndToEnd::make_nodes() {
  const std::string room = "{cpu: 32, memory: 256Gi, pods: 110}";
  for (int node = 0; node < kNodes; ++node)
    cluster_->kubectl(
        "apply -f -",
        fmt::format("apiVersion: v1\nkind: Node\nmetadata:\n  name: node-{0}\n"
                    "  annotations: {{kwok.x-k8s.io/node: fake}}\n"
                    "  labels: {{kubernetes.io/hostname: node-{0}, topology.kubernetes.io/zone: zone-{1}, "
                    "kubernetes.io/os: linux}}\n"
                    "status: {{allocatable: {2}, capacity: {2}}}\n",
                    node, node % kZones, room));
}

void EndToEnd::TearDownTestSuite() {
  controller_.reset();
  scaler_.reset();
  records_.reset();
  kafka_.reset();
  KubeTest::TearDownTestSuite();
}

void EndToEnd::start_scaler(const std::filesystem::path& kubeconfig, const std::vector<std::string>& more) {
  scaler_.reset();
  std::vector<std::string> command{WEIR_BIN,        "scaler",
                                   "--listen",      scaler_address_,
                                   "--http-listen", "127.0.0.1:" + std::to_string(scaler_http_),
                                   "--kubeconfig",  (kubeconfig.empty() ? cluster_->scaler() : kubeconfig).string()};
  command.insert(command.end(), more.begin(), more.end());
  scaler_ = std::make_unique<test::Process>(command, cluster_->directory() / "scaler.log");
}

void EndToEnd::start_controller(const std::filesystem::path& kubeconfig, const std::vector<std::string>& more) {
  controller_.reset();
  std::vector<std::string> command{WEIR_BIN,
                                   "controller",
                                   "--kubeconfig",
                                   (kubeconfig.empty() ? cluster_->controller() : kubeconfig).string(),
                                   "--scaler-address",
                                   scaler_address_,
                                   "--http-listen",
                                   "127.0.0.1:" + std::to_string(controller_http_),
                                   "--lease-namespace",
                                   "weir",
                                   "--lease-duration",
                                   "3s",
                                   "--kafka-source",
                                   "all"};
  command.insert(command.end(), more.begin(), more.end());
  controller_ = std::make_unique<test::Process>(command, cluster_->directory() / "controller.log");
}

void EndToEnd::make_topic(const std::string& name) {
  records_->create_topic(name, kPartitions);
  ends_[name].fill(0);
  // A broker that has just started may take longer for its first commit than the client waits.
  for (int i = 0; i < 3; ++i) {
    try {
      return leave_unread(name, 0);
    } catch (const std::runtime_error& error) {
      if (i == 2) throw;
    }
  }
}

void EndToEnd::produce_to(const std::string& topic, int partition, int records) {
  records_->produce(topic, partition, records);
  ends_.at(topic).at(static_cast<std::size_t>(partition)) += records;
}

void EndToEnd::produce(const std::string& topic, int each) {
  for (int partition = 0; partition < kPartitions; ++partition)
    produce_to(topic, partition, each);
}

void EndToEnd::leave_unread(const std::string& topic, int each) {
  std::vector<std::pair<std::int32_t, std::int64_t>> offsets;
  for (int partition = 0; partition < kPartitions; ++partition)
    offsets.emplace_back(partition, ends_.at(topic).at(static_cast<std::size_t>(partition)) - each);
  records_->commit(topic, topic, offsets);
}

bool EndToEnd::watches(double partitions) {
  return eventually([&] { return metric(scaler_http_, "weir_watched_partitions") >= partitions; },
                    std::chrono::seconds(60));
}

Json EndToEnd::demo_group(const std::string& name) const {
  return {
      {"apiVersion", "weir.dev/v1alpha1"},
      {"kind", "ConsumerGroup"},
      {"metadata", {{"namespace", ns_}, {"name", name}}},
      {"spec",
       {{"bootstrapServers", {kafka_->bootstrap()}},
        {"topics", {name}},
        {"groupId", name},
        {"scaling",
         {{"min", 0}, {"max", kPartitions}, {"lagThreshold", 50}, {"pollingInterval", 3}, {"cooldownPeriod", 10}}}}}};
}

void EndToEnd::make_deployment(const std::string& name) {
  const Json labels{{"app", name}};
  make(kDeployments,
       {{"apiVersion", "apps/v1"},
        {"kind", "Deployment"},
        {"metadata", {{"namespace", ns_}, {"name", name}}},
        {"spec",
         {{"replicas", 1},
          {"selector", {{"matchLabels", labels}}},
          {"template",
           {{"metadata", {{"labels", labels}}},
            {"spec", {{"containers", Json::array({Json{{"name", "consumer"}, {"image", "none"}}})}}}}}}}});
}

Json EndToEnd::demo_scaled_object(const std::string& name, const std::map<std::string, std::string>& metadata) const {
  std::map<std::string, std::string> all{{"scalerAddress", scaler_address_},
                                         {"bootstrapServers", kafka_->bootstrap()},
                                         {"consumerGroup", name},
                                         {"topic", name},
                                         {"lagThreshold", "50"},
                                         {"maxScale", std::to_string(kPartitions)}};
  for (const auto& [key, value] : metadata)
    all[key] = value;
  return {{"apiVersion", "keda.sh/v1alpha1"},
          {"kind", "ScaledObject"},
          {"metadata", {{"namespace", ns_}, {"name", name}}},
          {"spec",
           {{"scaleTargetRef", {{"name", name}}},
            {"pollingInterval", 3},
            {"cooldownPeriod", 10},
            {"minReplicaCount", 0},
            {"maxReplicaCount", kPartitions},
            {"triggers", Json::array({Json{{"type", "external-push"}, {"metadata", all}}})}}}};
}

Json EndToEnd::make(const kube::Resource& resource, const Json& object) {
  const auto made = admin_.create(resource, object);
  EXPECT_TRUE(made) << made.error().message;
  return made.value_or(Json());
}

std::unique_ptr<ReplicaHistory> EndToEnd::history(const kube::Resource& resource, const std::string& name) {
  return std::make_unique<ReplicaHistory>(admin_, resource, kube::ObjectKey{ns_, name});
}

void EndToEnd::scale(const kube::Resource& resource, const std::string& name, int replicas) {
  const auto scaled =
      admin_.merge_patch(resource, {ns_, name}, {{"spec", {{"replicas", replicas}}}}, /*subresource=*/"scale");
  ASSERT_TRUE(scaled) << scaled.error().message;
}

std::string EndToEnd::reason(const std::string& name, const std::string& type) {
  const Json now = object(consumer_group_resource(), name);
  return kube::text_at(controller::find_condition(kube::at(now, "/status/conditions"), type), "/reason");
}

bool EndToEnd::warned(const std::string& name) {
  const auto listed = admin_.list({"events.k8s.io", "v1", "events", "Event"}, ns_, 500);
  return listed && std::ranges::any_of(listed->items, [&](const Json& one) {
           return kube::text_at(one, "/type") == "Warning" && kube::text_at(one, "/regarding/name") == name;
         });
}

void EndToEnd::make_secret(const std::string& ns) {
  make({"", "v1", "secrets", "Secret"},
       {{"apiVersion", "v1"},
        {"kind", "Secret"},
        {"metadata", {{"namespace", ns}, {"name", "kafka"}, {"labels", {{"weir.dev/use", "kafka"}}}}},
        {"stringData",
         {{"sasl", "scram_sha256"},
          {"username", "alice"},
          {"password", "alice-secret"},
          {"bootstrapServers", secured()}}}});
}

double EndToEnd::metric(int http_port, const std::string& name) {
  http::Request request;
  request.url = "http://127.0.0.1:" + std::to_string(http_port) + "/metrics";
  const auto answer = http::Client().send(request);
  if (!answer) return -1;
  double sum = 0;
  for (const auto& line : base::split_trimmed(answer->body, '\n'))
    if (line.starts_with(name + "{") || line.starts_with(name + " "))
      sum += base::parse_double(line.substr(line.rfind(' ') + 1)).value_or(0);
  return sum;
}

}  // namespace weir
