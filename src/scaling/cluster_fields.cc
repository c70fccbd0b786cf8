#include "scaling/cluster_fields.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/parse.h"
#include "scaling/auth_references.h"
#include "scaling/broker_address.h"
#include "scaling/trigger_keys.h"

namespace weir::scaling {
namespace {

constexpr std::array<std::string_view, 2> kIsolationLevels{"read_uncommitted", "read_committed"};
constexpr std::array<std::string_view, 2> kTls{"enable", "disable"};
constexpr std::array<std::string_view, 7> kSasl{"none",        "plaintext", "scram_sha256", "scram_sha512",
                                                "oauthbearer", "gssapi",    "aws_msk_iam"};
constexpr std::array<std::string_view, 2> kTokenProviders{"bearer", "aws_msk_iam"};

void parse_brokers(TriggerFields& fields, ClusterRequest& cluster) {
  const std::string list = fields.text_or_env("bootstrapServers");
  cluster.cluster_ref = fields.text("clusterRef");
  if (list.empty()) {
    if (!cluster.cluster_ref.empty()) return;
    fields.add_error("bootstrapServers",
                     "missing; write the brokers as host:port,host:port, or a cluster profile in clusterRef");
    return;
  }
  if (!cluster.cluster_ref.empty()) {
    fields.add_error("clusterRef", "cannot be set together with bootstrapServers; keep one of them");
  }
  auto& servers = cluster.bootstrap_servers;
  for (const std::string& address : base::split_trimmed(list, ',')) {
    if (address.empty() || std::ranges::find(servers, address) != servers.end()) continue;
    if (const auto remedy = broker_address_remedy(address)) fields.add_error("bootstrapServers", address, *remedy);
    servers.push_back(address);
  }
  if (servers.empty()) fields.add_error("bootstrapServers", list, "names no broker; write host:port,host:port");
}

void parse_connection(TriggerFields& fields, ClusterRequest& cluster) {
  const auto keep = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) cluster.auth_parameters[key] = value;
  };
  keep("tls", fields.choice("tls", kTls));
  keep("sasl", fields.choice("sasl", kSasl));
  keep("saslTokenProvider", fields.choice("saslTokenProvider", kTokenProviders));
  keep("awsRegion", fields.text("awsRegion"));
  // KEDA reads unsafeSsl for its own connection to the scaler too, so it may stand beside a profile, but not weaken it.
  fields.flag("unsafeSsl", false);
  if (cluster.cluster_ref.empty()) {
    keep("unsafeSsl", fields.text("unsafeSsl"));
    return;
  }
  for (const auto& [key, value] : cluster.auth_parameters) {
    fields.add_error(key, "cannot be set together with clusterRef; the cluster profile says how to connect");
  }
}

// Even for aws_msk_iam, where KEDA may use an identity of its own: Weir's serves cluster profiles alone.
bool needs_credentials(const ClusterRequest& cluster) {
  const auto sasl = cluster.auth_parameters.find("sasl");
  return sasl != cluster.auth_parameters.end() && sasl->second != "none";
}

void parse_secrets(TriggerFields& fields, ClusterRequest& cluster) {
  cluster.auth_secret = fields.text("authSecret");
  if (!cluster.auth_secret.empty() && !is_secret_name(cluster.auth_secret)) {
    fields.add_error("authSecret", "is not the name of a Secret: lower case letters, digits, '-' and '.'");
  }
  cluster.auth = parse_auth_references(fields.text("auth"), fields);
  if (!cluster.cluster_ref.empty()) {
    for (const std::string_view key : {"authSecret", "auth"}) {
      if (!fields.has(key)) continue;
      fields.add_error(key, "cannot be set together with clusterRef; the cluster profile has the credentials");
    }
  } else if (needs_credentials(cluster) && !fields.has("authSecret") && !fields.has("auth")) {
    fields.add_error("sasl", "needs credentials; name the Secret that holds them in authSecret");
  }
}

void refuse_credentials(TriggerFields& fields) {
  for (const std::string_view parameter : secret_only_parameters()) {
    for (const std::string& key : {std::string(parameter), fmt::format("{}FromEnv", parameter)}) {
      if (!fields.has(key)) continue;
      fields.add_error(key, "",
                       fmt::format("is not read from the metadata, where everybody can see it; put it as {} into a "
                                   "Secret and name that in authSecret",
                                   parameter));
    }
  }
}

}  // namespace

ClusterRequest parse_cluster(TriggerFields& fields) {
  ClusterRequest cluster;
  parse_brokers(fields, cluster);
  parse_connection(fields, cluster);
  parse_secrets(fields, cluster);
  refuse_credentials(fields);
  const bool committed = fields.choice("isolationLevel", kIsolationLevels) == "read_committed";
  cluster.isolation = committed ? IsolationLevel::kReadCommitted : IsolationLevel::kReadUncommitted;
  return cluster;
}

}  // namespace weir::scaling
