#include "rpc/namespace_usage.h"

namespace weir::rpc {
namespace {

using base::ErrorCode;

constexpr std::string_view kRemedy = "remove some, or have the limit raised in the scaler's configuration";

}  // namespace

NamespaceUsage::Use NamespaceUsage::use(const std::string& ns) const {
  const auto found = used_.find(ns);
  return found == used_.end() ? Use{} : found->second;
}

void NamespaceUsage::forget_if_unused(const std::string& ns) {
  const Use left = use(ns);
  if (left.triggers == 0 && left.streams == 0) used_.erase(ns);
}

base::Result<void> NamespaceUsage::check_trigger(const std::string& ns, const NamespaceLimits& limits) const {
  const Use used = use(ns);
  if (used.triggers >= limits.triggers) {
    return base::fail(ErrorCode::kResourceExhausted, "namespace {} has {} triggers, its limit: {}", ns, used.triggers,
                      kRemedy);
  }
  if (used.partitions >= limits.partitions) {
    return base::fail(ErrorCode::kResourceExhausted,
                      "the triggers of namespace {} watch {} partitions, its limit is {}: {}", ns, used.partitions,
                      limits.partitions, kRemedy);
  }
  return {};
}

base::Result<void> NamespaceUsage::add_stream(const std::string& ns, const NamespaceLimits& limits) {
  if (use(ns).streams >= limits.streams) {
    return base::fail(ErrorCode::kResourceExhausted, "namespace {} has {} open streams, its limit: {}", ns,
                      limits.streams, kRemedy);
  }
  ++used_[ns].streams;
  return {};
}

void NamespaceUsage::remove_stream(const std::string& ns) {
  --used_[ns].streams;
  forget_if_unused(ns);
}

base::Result<void> NamespaceUsage::change_partitions(const std::string& ns, std::int64_t& before, std::int64_t now,
                                                     const NamespaceLimits& limits) {
  std::int64_t& all = used_[ns].partitions;
  all -= before;
  before = 0;
  if (now > limits.partitions - all) {
    return base::fail(
        ErrorCode::kResourceExhausted,
        "the trigger's {} partitions and {} of other triggers in namespace {} are over its limit of {}: {}", now, all,
        ns, limits.partitions, kRemedy);
  }
  before = now;
  all += now;
  return {};
}

void NamespaceUsage::remove_trigger(const std::string& ns, std::int64_t partitions) {
  Use& used = used_[ns];
  --used.triggers;
  used.partitions -= partitions;
  forget_if_unused(ns);
}

}  // namespace weir::rpc
