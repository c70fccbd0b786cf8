#include "cli/cluster_resolver.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using scaling::IsolationLevel;

constexpr std::string_view kBrokersKey = "bootstrapServers";
constexpr std::string_view kHowToBeTrusted =
    "this caller's namespace cannot be believed: let KEDA connect with a client certificate whose name the scaler "
    "lists "
    "(--tls-client-ca and --allowed-client, or callers.allowedClients)";

// Host names do not differ by case.
std::string canonical(std::string_view broker) {
  std::string text(base::trim(broker));
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

kafka::SessionKey session_key(const std::vector<std::string>& brokers, kafka::Credentials credentials,
                              IsolationLevel isolation) {
  std::set<std::string> unique;
  for (const std::string& broker : brokers)
    unique.insert(canonical(broker));
  return {.brokers = {unique.begin(), unique.end()},
          .credentials = std::move(credentials),
          .read_committed = isolation == IsolationLevel::kReadCommitted};
}

bool uses_secret(const scaling::ClusterRequest& request) {
  return !request.auth_secret.empty() || !request.auth.empty();
}

std::string secrets_named(const scaling::ClusterRequest& request) {
  return request.auth_secret.empty() ? std::string("auth") : std::string("authSecret");
}

// Errors of credentials are told with the place they came from.
base::Result<kafka::Credentials> parse_from(const std::string& place, const kafka::AuthParameters& parameters,
                                            const kafka::AwsWebIdentity* own = nullptr) {
  auto credentials = kafka::parse_credentials(parameters, own);
  if (!credentials) return base::fail(credentials.error().code, "{}: {}", place, credentials.error().message);
  return credentials;
}

void override_parameters(kafka::AuthParameters& parameters, const std::map<std::string, std::string>& metadata) {
  for (const auto& [name, value] : metadata)
    parameters[name] = base::Secret(value);
}

}  // namespace

kafka::AuthParameters literal_auth(const ClusterProfile& profile, const WatchedFiles& files) {
  kafka::AuthParameters parameters = profile.auth;
  for (const auto& [name, file] : profile.auth_files) {
    std::string value = files.content(file).reveal();
    // A keytab is binary: its last byte may be anything.
    if (name != "keytab" && value.ends_with('\n')) value.pop_back();
    parameters[name] = base::Secret(std::move(value));
  }
  return parameters;
}

ConfiguredClusterResolver::ConfiguredClusterResolver(ResolverOptions options, const kafka::SecretSource* secrets,
                                                     const WatchedFiles& files, OpenSession open_session)
    : options_(std::move(options)), secrets_(secrets), files_(files), open_session_(std::move(open_session)) {}

std::uint64_t ConfiguredClusterResolver::generation() const {
  return files_.generation() + (secrets_ ? secrets_->generation() : 0);
}

base::Result<std::shared_ptr<lag::OffsetSource>> ConfiguredClusterResolver::resolve(
    const scaling::ClusterRequest& request, const rpc::Caller& caller) {
  // Asked before anything is looked up, so that no error tells a stranger which Secrets exist.
  if (uses_secret(request) && !caller.trusted) {
    return base::fail(ErrorCode::kPermissionDenied, "{} names a Secret of namespace {}, but {}", secrets_named(request),
                      caller.ns, kHowToBeTrusted);
  }
  const bool by_profile = !request.cluster_ref.empty();
  const auto target = by_profile ? profile_target(request, caller) : inline_target(request, caller);
  if (!target) return std::unexpected(target.error());
  return by_profile ? open_session_(*target) : open_counted(*target, caller);
}

ConfiguredClusterResolver::Target ConfiguredClusterResolver::profile_target(const scaling::ClusterRequest& request,
                                                                            const rpc::Caller& caller) const {
  const std::string& name = request.cluster_ref;
  const auto found = options_.clusters.find(name);
  if (found == options_.clusters.end())
    return base::fail(ErrorCode::kNotFound, "clusterRef \"{}\": the scaler's configuration has no such cluster", name);
  const ClusterProfile& profile = found->second;
  if (profile.restricted()) {
    if (!caller.trusted)
      return base::fail(ErrorCode::kPermissionDenied, "clusterRef \"{}\" is for certain namespaces, but {}", name,
                        kHowToBeTrusted);
    const auto matches = [&](const std::string& glob) { return base::glob_match(glob, caller.ns); };
    if (std::ranges::none_of(profile.namespaces, matches))
      return base::fail(ErrorCode::kPermissionDenied,
                        "clusterRef \"{}\" is not for namespace {}; add it to clusters.{}.namespaces", name, caller.ns,
                        name);
  }
  // None of the profile's credentials are mixed with a trigger's, or sent in another way than the profile says.
  if (uses_secret(request) || !request.auth_parameters.empty())
    return base::fail(ErrorCode::kInvalidArgument,
                      "clusterRef \"{}\": the cluster says how to connect; leave out authSecret, auth, sasl and tls",
                      name);
  const auto parameters = profile_auth(name, profile);
  if (!parameters) return std::unexpected(parameters.error());
  auto credentials = profile_credentials(fmt::format("credentials for clusterRef \"{}\"", name), profile, *parameters);
  if (!credentials) return std::unexpected(credentials.error());
  return session_key(profile.bootstrap_servers, std::move(*credentials), request.isolation);
}

ConfiguredClusterResolver::Target ConfiguredClusterResolver::inline_target(const scaling::ClusterRequest& request,
                                                                           const rpc::Caller& caller) const {
  kafka::AuthParameters parameters;
  if (uses_secret(request)) {
    auto found = secret_auth(request, caller.ns);
    if (!found) return std::unexpected(found.error());
    parameters = std::move(*found);
  } else if (options_.allowed_brokers) {
    for (const std::string& broker : request.bootstrap_servers) {
      if (!allowed(broker))
        return base::fail(
            ErrorCode::kPermissionDenied,
            "bootstrapServers \"{}\": the scaler's configuration does not allow this broker; use a clusterRef, "
            "or add it to allowedBrokers",
            broker);
    }
  }
  override_parameters(parameters, request.auth_parameters);
  auto credentials = parse_from("credentials", parameters);
  if (!credentials) return std::unexpected(credentials.error());
  return session_key(request.bootstrap_servers, std::move(*credentials), request.isolation);
}

// A token signed by the identity of this process lets whoever receives it into every MSK cluster that the identity may
// enter. So it is made only where the operator's own words ask for it, for brokers that the operator named: not for a
// tenant's Secret, and not for one that a profile names, as others may write that.
base::Result<kafka::Credentials> ConfiguredClusterResolver::profile_credentials(
    const std::string& place, const ClusterProfile& profile, const kafka::AuthParameters& parameters) const {
  return parse_from(place, parameters, profile.secret ? nullptr : &options_.aws_web_identity);
}

base::Result<kafka::AuthParameters> ConfiguredClusterResolver::profile_auth(const std::string& name,
                                                                            const ClusterProfile& profile) const {
  if (!profile.secret) return literal_auth(profile, files_);
  const auto data = secret(profile.secret->first, profile.secret->second);
  // The tenant cannot help it, and need not learn where the operator keeps Secrets.
  if (!data && data.error().code == ErrorCode::kUnavailable)
    return base::fail(ErrorCode::kUnavailable, "clusterRef \"{}\": the Secret of this cluster is not known yet", name);
  if (!data) return base::fail(ErrorCode::kNotFound, "clusterRef \"{}\": the Secret of this cluster is missing", name);
  kafka::AuthParameters parameters(**data);
  parameters.erase(std::string(kBrokersKey));
  return parameters;
}

base::Result<kafka::AuthParameters> ConfiguredClusterResolver::secret_auth(const scaling::ClusterRequest& request,
                                                                           const std::string& ns) const {
  kafka::AuthParameters parameters;
  if (!request.auth_secret.empty()) {
    const auto data = usable_secret(ns, request.auth_secret, request.bootstrap_servers);
    if (!data) return std::unexpected(data.error());
    parameters = **data;
    parameters.erase(std::string(kBrokersKey));
  }
  for (const auto& [parameter, name, key] : request.auth) {
    const auto data = usable_secret(ns, name, request.bootstrap_servers);
    if (!data) return std::unexpected(data.error());
    const auto value = (*data)->find(key);
    if (value == (*data)->end())
      return base::fail(ErrorCode::kNotFound, "auth {}: Secret {}/{} has no key \"{}\"", parameter, ns, name, key);
    parameters[parameter] = value->second;
  }
  return parameters;
}

// A Secret that may be sent to these brokers.
ConfiguredClusterResolver::SecretResult ConfiguredClusterResolver::usable_secret(
    const std::string& ns, const std::string& name, const std::vector<std::string>& brokers) const {
  auto data = secret(ns, name);
  if (!data) return data;
  if (const auto may = may_send_to(**data, name, brokers); !may) return std::unexpected(may.error());
  return data;
}

base::Result<std::shared_ptr<const kafka::SecretData>> ConfiguredClusterResolver::secret(
    const std::string& ns, const std::string& name) const {
  if (secrets_) return secrets_->get(ns, name);
  return base::fail(
      ErrorCode::kNotFound,
      "Secret {}/{}: the scaler reads no Secrets; start it in a cluster, with --kubeconfig or with --secrets-dir", ns,
      name);
}

// A Secret goes only where its owner or the operator said it may: who writes the ScaledObject is neither.
base::Result<void> ConfiguredClusterResolver::may_send_to(const kafka::SecretData& secret, const std::string& name,
                                                          const std::vector<std::string>& brokers) const {
  std::set<std::string> named;
  if (const auto key = secret.find(std::string(kBrokersKey)); key != secret.end())
    for (const std::string& broker : base::split_trimmed(key->second.reveal(), ','))
      named.insert(canonical(broker));
  for (const std::string& broker : brokers) {
    if (named.contains(canonical(broker))) continue;
    if (options_.allowed_brokers && allowed(broker)) continue;
    return base::fail(
        ErrorCode::kPermissionDenied,
        "bootstrapServers \"{}\": Secret {} may not be used with this broker; name it in the Secret's key {}, or in "
        "allowedBrokers of the scaler's configuration",
        broker, name, kBrokersKey);
  }
  return {};
}

bool ConfiguredClusterResolver::allowed(const std::string& broker) const {
  const std::string text = canonical(broker);
  return std::ranges::any_of(*options_.allowed_brokers,
                             [&](const std::string& glob) { return base::glob_match(canonical(glob), text); });
}

base::Result<std::shared_ptr<lag::OffsetSource>> ConfiguredClusterResolver::open_counted(const kafka::SessionKey& key,
                                                                                         const rpc::Caller& caller) {
  const std::scoped_lock lock(mutex_);
  const std::pair owner(caller.ns, caller.trusted);
  auto found = sessions_.find(owner);
  if (found == sessions_.end() || !found->second.contains(key)) {
    forget_closed();
    found = sessions_.find(owner);
    const std::size_t limit = options_.session_limit(caller.ns);
    if (found != sessions_.end() && found->second.size() >= limit) {
      return base::fail(
          ErrorCode::kResourceExhausted,
          "namespace {} has {} sessions to brokers of its own open, its limit; use a clusterRef, or raise "
          "limits.namespaces.{}.sessions",
          caller.ns, limit, caller.ns);
    }
  }
  auto session = open_session_(key);
  if (session) sessions_[owner][key] = *session;
  return session;
}

void ConfiguredClusterResolver::forget_closed() {
  for (auto& [owner, open] : sessions_)
    std::erase_if(open, [](const auto& entry) { return entry.second.expired(); });
  std::erase_if(sessions_, [](const auto& entry) { return entry.second.empty(); });
}

base::Result<void> ConfiguredClusterResolver::check_profiles() const {
  for (const auto& [name, profile] : options_.clusters) {
    const auto parameters = profile_auth(name, profile);
    if (!parameters) continue;  // a Secret may come later
    if (const auto credentials = profile_credentials(fmt::format("clusters.{}.auth", name), profile, *parameters);
        !credentials)
      return std::unexpected(credentials.error());
  }
  return {};
}

}  // namespace weir::cli
