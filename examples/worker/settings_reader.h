#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "kube/client.h"
#include "worker/assignment.h"
#include "worker/kafka_consumer.h"

namespace weir::worker {

struct SettingsOptions {
  std::string pod;                                // names the consumers to Kafka
  std::filesystem::path clusters = {};            // the folder of what clusterRef names; empty: there are none
  std::vector<std::string> allowed_brokers = {};  // globs of host:port to which any Secret may go
  std::chrono::milliseconds session_timeout{10'000};
};

// Makes librdkafka's properties of a group's entry, with the Secrets that it names read from the API server. As in the
// scaler, a Secret is used only if it is labelled weir.dev/use=kafka, and only for brokers that it names itself or that
// are allowed: who may write a ConsumerGroup must not be able to send a password elsewhere.
class SettingsReader {
 public:
  SettingsReader(kube::Client& client, SettingsOptions options) : client_(client), options_(std::move(options)) {}

  // The error names the Secret, key or file that is missing or wrong. Blocks.
  base::Result<ConsumerSettings> read(const GroupEntry& entry);

 private:
  using Properties = std::map<std::string, std::string>;

  base::Result<void> add_cluster(const std::string& name, Properties& properties) const;
  base::Result<void> add_secret(const GroupEntry& entry, const kube::Json& reference, Properties& properties);
  base::Result<void> add_sasl(const GroupEntry& entry, const kube::Json& sasl, Properties& properties);
  base::Result<void> add_tls(const GroupEntry& entry, const kube::Json& tls, Properties& properties);
  base::Result<Properties> secret(const GroupEntry& entry, const std::string& name);
  base::Result<std::string> value_of(const GroupEntry& entry, const kube::Json& reference);

  kube::Client& client_;
  const SettingsOptions options_;
  std::map<std::string, Properties> secrets_;  // of the entry that is read, by name: most name one Secret several times
};

}  // namespace weir::worker
