#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/config.h"
#include "cli/watched_files.h"
#include "kafka/secret_source.h"
#include "kafka/session_pool.h"
#include "rpc/cluster_resolver.h"

namespace weir::cli {

struct ResolverOptions {
  std::map<std::string, ClusterProfile> clusters;
  std::optional<std::vector<std::string>> allowed_brokers;
  std::function<std::size_t(const std::string& ns)> session_limit;
  // The identity that AWS gives this process, for profiles that ask for it.
  kafka::AwsWebIdentity aws_web_identity = {};
};

// Decides who may reach which cluster with which credentials (docs/configuration-file.md, "Who may use what"), from the
// configuration and the Secrets. Thread-safe; never blocks and never connects.
class ConfiguredClusterResolver final : public rpc::ClusterResolver {
 public:
  // Gives the session of a key without connecting.
  using OpenSession = std::function<base::Result<std::shared_ptr<lag::OffsetSource>>(const kafka::SessionKey&)>;

  // `secrets` may be null: no Secrets then. `files` holds the profiles' files. Both outlive this.
  ConfiguredClusterResolver(ResolverOptions options, const kafka::SecretSource* secrets, const WatchedFiles& files,
                            OpenSession open_session);

  base::Result<std::shared_ptr<lag::OffsetSource>> resolve(const scaling::ClusterRequest& request,
                                                           const rpc::Caller& caller) override;
  std::uint64_t generation() const override;

  // Reads the credentials of every profile once: the first that is wrong, naming it.
  base::Result<void> check_profiles() const;

 private:
  using Target = base::Result<kafka::SessionKey>;
  using SecretResult = base::Result<std::shared_ptr<const kafka::SecretData>>;

  Target profile_target(const scaling::ClusterRequest& request, const rpc::Caller& caller) const;
  Target inline_target(const scaling::ClusterRequest& request, const rpc::Caller& caller) const;
  base::Result<kafka::Credentials> profile_credentials(const std::string& place, const ClusterProfile& profile,
                                                       const kafka::AuthParameters& parameters) const;
  base::Result<kafka::AuthParameters> profile_auth(const std::string& name, const ClusterProfile& profile) const;
  base::Result<kafka::AuthParameters> secret_auth(const scaling::ClusterRequest& request, const std::string& ns) const;
  SecretResult usable_secret(const std::string& ns, const std::string& name,
                             const std::vector<std::string>& brokers) const;
  SecretResult secret(const std::string& ns, const std::string& name) const;
  base::Result<void> may_send_to(const kafka::SecretData& secret, const std::string& name,
                                 const std::vector<std::string>& brokers) const;
  bool allowed(const std::string& broker) const;
  base::Result<std::shared_ptr<lag::OffsetSource>> open_counted(const kafka::SessionKey& key,
                                                                const rpc::Caller& caller);
  void forget_closed();

  const ResolverOptions options_;
  const kafka::SecretSource* secrets_;
  const WatchedFiles& files_;
  const OpenSession open_session_;

  std::mutex mutex_;
  // By namespace and whether it was believed: who merely claims a namespace must not use up what its owner may open.
  std::map<std::pair<std::string, bool>, std::map<kafka::SessionKey, std::weak_ptr<lag::OffsetSource>>> sessions_;
};

// The AuthParameters of a profile's own words: literal values and files. One line end at the end of a file is left out.
kafka::AuthParameters literal_auth(const ClusterProfile& profile, const WatchedFiles& files);

}  // namespace weir::cli
