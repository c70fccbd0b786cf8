#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "rpc/cluster_resolver.h"
#include "support/fake_offset_source.h"

namespace weir::rpc {

// Brokers to fakes, and Secrets only for callers that are trusted. Thread-safe.
class FakeResolver final : public ClusterResolver {
 public:
  FakeResolver() { replace(); }

  base::Result<std::shared_ptr<lag::OffsetSource>> resolve(const scaling::ClusterRequest& request,
                                                           const Caller& caller) override {
    ++resolved;
    if (when_resolving) when_resolving();
    if (!request.auth_secret.empty() && !caller.trusted) {
      return base::fail(base::ErrorCode::kPermissionDenied, "namespace {} of {} is not known to be true", caller.ns,
                        caller.peer);
    }
    const std::scoped_lock lock(mutex_);
    if (error_) return std::unexpected(*error_);
    return source_;
  }

  std::uint64_t generation() const override { return generation_; }

  // A Secret was rotated: the same brokers are another session now.
  std::shared_ptr<testing::FakeOffsetSource> replace() {
    const std::scoped_lock lock(mutex_);
    source_ = std::make_shared<testing::FakeOffsetSource>();
    source_->topic("orders", {{0, 100, 100}, {0, 100, 100}});
    source_->commit("billing", "orders", 0, 40);
    source_->commit("billing", "orders", 1, 100);
    ++generation_;
    return source_;
  }

  // Another Secret was rotated.
  void touch() { ++generation_; }

  // None: it works again.
  void fail(std::optional<base::Error> error) {
    const std::scoped_lock lock(mutex_);
    error_ = std::move(error);
    ++generation_;
  }

  std::shared_ptr<testing::FakeOffsetSource> source() const {
    const std::scoped_lock lock(mutex_);
    return source_;
  }

  std::atomic<int> resolved = 0;
  std::function<void()> when_resolving;  // set before anybody asks

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<testing::FakeOffsetSource> source_;
  std::optional<base::Error> error_;
  std::atomic<std::uint64_t> generation_ = 1;
};

inline scaling::TriggerMetadata orders_metadata() {
  return {
      {"bootstrapServers", "kafka:9092"}, {"consumerGroup", "billing"}, {"topic", "orders"}, {"lagThreshold", "50"}};
}

}  // namespace weir::rpc
