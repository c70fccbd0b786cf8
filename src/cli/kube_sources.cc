#include "cli/kube_sources.h"

namespace weir::cli {
namespace {

class KubeSecretSource final : public kafka::SecretSource {
 public:
  explicit KubeSecretSource(const access::SecretWatch& secrets) : secrets_(secrets) {}

  base::Result<std::shared_ptr<const kafka::SecretData>> get(const std::string& ns,
                                                             const std::string& name) const override {
    auto found = secrets_.get({ns, name});
    if (!found) return std::unexpected(found.error());
    return std::make_shared<const kafka::SecretData>(*std::move(found));
  }

  std::uint64_t generation() const override { return secrets_.generation(); }

 private:
  const access::SecretWatch& secrets_;
};

class ApiWitness final : public rpc::CallerWitness {
 public:
  explicit ApiWitness(access::ApiAccess& access) : access_(access) {}

  base::Result<void> vouch(const rpc::Caller& caller, const std::string& name,
                           const scaling::TriggerMetadata& metadata) override {
    return access_.check({caller.ns, name}, metadata);
  }

  base::Result<scaling::TriggerMetadata> expand(const std::string& ns,
                                                const scaling::TriggerMetadata& metadata) const override {
    return access_.expand(ns, metadata);
  }

  std::uint64_t generation() const override { return access_.generation(); }

 private:
  access::ApiAccess& access_;
};

}  // namespace

std::unique_ptr<kafka::SecretSource> make_kube_secret_source(const access::SecretWatch& secrets) {
  return std::make_unique<KubeSecretSource>(secrets);
}

std::unique_ptr<rpc::CallerWitness> make_caller_witness(access::ApiAccess& access) {
  return std::make_unique<ApiWitness>(access);
}

}  // namespace weir::cli
