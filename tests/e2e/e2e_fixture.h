#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kube/informer.h"
#include "kube_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"
#include "support/kube_process.h"

namespace weir {

inline const kube::Resource kDeployments{"apps", "v1", "deployments", "Deployment"};
inline const kube::Resource kHpas{"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"};
inline constexpr int kPartitions = 12;

// What spec.replicas of an object has been, from the moment it was looked at.
class ReplicaHistory {
 public:
  ReplicaHistory(kube::Client& client, const kube::Resource& resource, const kube::ObjectKey& key);
  ~ReplicaHistory();

  std::int64_t now() const;
  std::vector<std::int64_t> all() const;
  std::int64_t most() const;
  // Forgets all but the last.
  void restart();

 private:
  mutable std::mutex mutex_;
  std::vector<std::int64_t> values_;
  kube::Informer informer_;
};

// The whole of it, once for all tests of a program: a control plane, KEDA, a broker, the scaler and the controller,
// each as a process with its own ServiceAccount.
class EndToEnd : public KubeTest {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

  // All but scaler and controller, with further options of the control plane.
  static void start_cluster(const std::vector<std::string>& options);
  // Six nodes in three zones, on which kwok runs pods.
  static void make_nodes();
  // As the ServiceAccount of each, with its own kubeconfig or another that leads to the API server by a detour.
  static void start_scaler(const std::filesystem::path& kubeconfig = {}, const std::vector<std::string>& more = {});
  static void start_controller(const std::filesystem::path& kubeconfig = {}, const std::vector<std::string>& more = {});

  // A topic of 12 partitions and a group of the same name that has read all of it.
  void make_topic(const std::string& name);
  void produce_to(const std::string& topic, int partition, int records);
  // Records in every partition.
  void produce(const std::string& topic, int each);
  // The group has read all but so many records of each partition.
  void leave_unread(const std::string& topic, int each);
  // Waits until the scaler watches so many idle partitions.
  static bool watches(double partitions);

  // A ConsumerGroup that reads the topic of its name, with the demonstration's numbers.
  kube::Json demo_group(const std::string& name) const;
  // A Deployment without pods that run, and a ScaledObject of it with one trigger.
  void make_deployment(const std::string& name);
  kube::Json demo_scaled_object(const std::string& name, const std::map<std::string, std::string>& metadata) const;
  kube::Json make(const kube::Resource& resource, const kube::Json& object);

  std::unique_ptr<ReplicaHistory> history(const kube::Resource& resource, const std::string& name);
  kube::Json object(const kube::Resource& resource, const std::string& name) { return get(resource, {ns_, name}); }
  void scale(const kube::Resource& resource, const std::string& name, int replicas);
  // The reason of a condition of a ConsumerGroup.
  std::string reason(const std::string& name, const std::string& type = "Autoscaling");
  // Whether an event warns of an object of that name.
  bool warned(const std::string& name);
  // The listener that wants a password, and a Secret `kafka` with it.
  static std::string secured() { return kafka_->bootstrap("sasl_scram"); }
  void make_secret(const std::string& ns);
  // The sum of a counter or gauge over its labels, by the /metrics of a process; -1: it does not answer.
  static double metric(int http_port, const std::string& name);

  static inline std::unique_ptr<test::KafkaBroker> kafka_;
  static inline std::unique_ptr<test::KafkaAdmin> records_;
  static inline std::unique_ptr<test::Process> scaler_, controller_;
  static inline std::string scaler_address_;
  static inline int scaler_http_ = 0, controller_http_ = 0;
  const std::string ns_ = make_namespace();

 private:
  std::map<std::string, std::array<std::int64_t, kPartitions>> ends_;  // by topic
};

}  // namespace weir
