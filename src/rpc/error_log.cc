#include "rpc/error_log.h"

#include "base/metadata_hash.h"

namespace weir::rpc {
namespace {

// Names come from callers: an endless stream of new ones must not fill the memory.
constexpr std::size_t kMostFailing = 20'000;

}  // namespace

ErrorLog::ErrorLog(const base::Clock& clock, telemetry::Logger logger, std::chrono::milliseconds repeat)
    : clock_(clock), logger_(std::move(logger)), repeat_(repeat) {}

bool ErrorLog::failed(const std::string& ns, const std::string& name, const scaling::TriggerMetadata& metadata,
                      std::string_view rpc, const base::Error& error) {
  const auto now = clock_.now();
  std::int64_t suppressed = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (failing_.size() >= kMostFailing) failing_.clear();
    const auto [found, inserted] = failing_.try_emplace({ns, name, base::metadata_hash(metadata)});
    Entry& entry = found->second;
    if (!inserted && entry.message == error.message && now - entry.logged < repeat_) {
      ++entry.suppressed;
      return false;
    }
    suppressed = entry.suppressed;
    entry = {error.message, now, 0};
    size_ = failing_.size();
  }
  const telemetry::Logger::Fields fields{{"namespace", ns},
                                         {"name", name},
                                         {"rpc", rpc},
                                         {"code", base::to_string(error.code)},
                                         {"err", std::string_view(error.message)},
                                         {"suppressed", suppressed}};
  // Kafka being away heals by itself; what is wrong with a trigger stays wrong until somebody changes it.
  if (error.code == base::ErrorCode::kInternal) {
    logger_.error("request failed", fields);
  } else {
    logger_.warn("request failed", fields);
  }
  return true;
}

bool ErrorLog::succeeded(const std::string& ns, const std::string& name, const scaling::TriggerMetadata& metadata) {
  if (size_.load(std::memory_order_relaxed) == 0) return false;
  {
    const std::scoped_lock lock(mutex_);
    if (failing_.erase({ns, name, base::metadata_hash(metadata)}) == 0) return false;
    size_ = failing_.size();
  }
  logger_.info("requests succeed again", {{"namespace", ns}, {"name", name}});
  return true;
}

}  // namespace weir::rpc
