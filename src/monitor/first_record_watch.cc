#include "monitor/first_record_watch.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "lag/partition_lag.h"
#include "monitor/subscription.h"

namespace weir::monitor {
namespace {

using namespace std::chrono_literals;

constexpr auto kUpdateEvery = 250ms;
constexpr auto kPruneAfter = 60s;

// The partition of a snapshot that a move is about, if its log ended before.
lag::PartitionOffsets* moved_partition(lag::GroupOffsets& offsets, const lag::LogEndMove& move) {
  const auto topic = std::ranges::find(offsets, move.topic, &lag::TopicOffsets::topic);
  if (topic == offsets.end()) return nullptr;
  const auto index = static_cast<std::size_t>(move.partition);
  if (index >= topic->partitions.size()) return nullptr;
  auto& partition = topic->partitions[index];
  return partition.log_end && move.log_end && *partition.log_end < *move.log_end ? &partition : nullptr;
}

}  // namespace

FirstRecordWatch::FirstRecordWatch(lag::OffsetSource& source, std::chrono::milliseconds watch_after,
                                   const Instruments& instruments, std::function<void()> found)
    : source_(source), watch_after_(watch_after), instruments_(instruments), found_(std::move(found)) {}

FirstRecordWatch::~FirstRecordWatch() {
  instruments_.watched(-static_cast<double>(watched_));
}

bool FirstRecordWatch::due(base::SteadyTime now) const {
  return watch_after_ > 0ms && now - updated_ >= kUpdateEvery;
}

void FirstRecordWatch::update(std::span<const SubscriptionPtr> subscriptions, base::SteadyTime now) {
  if (!due(now)) return;
  updated_ = now;
  ends_.prune(kPruneAfter, now);
  std::unordered_set<std::string> topics;
  for (const auto& subscription : subscriptions) {
    if (!subscription->first_record_wanted()) continue;
    if (const auto snapshot = subscription->snapshot())
      for (const auto& topic : *snapshot->offsets)
        topics.insert(topic.topic);
  }
  std::vector<lag::LogEnd> idle;
  for (const auto& topic : topics)
    ends_.add_idle(topic, watch_after_, now, idle);
  if (!watch_ && !idle.empty())
    watch_ = source_.watch_log_ends([this](const std::vector<lag::LogEndMove>& moves) { found(moves); });
  if (!watch_) return;
  instruments_.watched(static_cast<double>(idle.size()) - static_cast<double>(std::exchange(watched_, idle.size())));
  watch_->watch(idle);
}

void FirstRecordWatch::found(const std::vector<lag::LogEndMove>& moves) {
  instruments_.woken();
  {
    const std::scoped_lock lock(mutex_);
    moves_.insert(moves_.end(), moves.begin(), moves.end());
  }
  found_();
}

std::vector<lag::LogEndMove> FirstRecordWatch::take(base::SteadyTime now) {
  std::vector<lag::LogEndMove> moves;
  {
    const std::scoped_lock lock(mutex_);
    moves = std::exchange(moves_, {});
  }
  for (const auto& [topic, partition, end] : moves) {
    if (end) {
      ends_.observe(topic, partition, *end, now);
    } else {
      ends_.forget(topic, partition);
    }
  }
  return moves;
}

SnapshotPtr with_moves(const SnapshotPtr& before, std::span<const lag::LogEndMove> moves, base::SteadyTime now) {
  if (!before) return nullptr;
  std::shared_ptr<lag::GroupOffsets> after;
  for (const auto& move : moves) {
    // Most snapshots are about other topics: look before copying.
    if (!after && std::ranges::find(*before->offsets, move.topic, &lag::TopicOffsets::topic) == before->offsets->end())
      continue;
    if (!after) after = std::make_shared<lag::GroupOffsets>(*before->offsets);
    auto* const partition = moved_partition(*after, move);
    if (partition == nullptr) continue;
    const auto last = *partition;
    partition->log_end = move.log_end;
    if (partition->high_watermark) partition->high_watermark = std::max(*partition->high_watermark, *move.log_end);
    partition->progress = lag::next_progress(*partition, &last, now);
  }
  if (!after || *after == *before->offsets) return nullptr;
  return std::make_shared<const Snapshot>(Snapshot{before->taken, before->taken_at, std::move(after)});
}

}  // namespace weir::monitor
