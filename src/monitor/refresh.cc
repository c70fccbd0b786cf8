#include "monitor/refresh.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/prefetch.h"
#include "lag/partition_lag.h"

namespace weir::monitor {
namespace {

using lag::GroupOffsets;
using lag::LogPosition;
using lag::MaybeOffset;
using lag::Offset;
using lag::PartitionOffsets;

// Of a topic: more are read one after the other, which the processor sees by itself.
constexpr std::size_t kMostPrefetched = 16;

// A topic that groups of this round read: asked about once for all of them. What is known of its partitions is by
// number.
struct Topic {
  std::string name;
  base::Result<std::int32_t> partition_count = 0;
  std::vector<base::Result<Offset>> ends, high_watermarks;
  std::vector<std::optional<base::Result<Offset>>> starts;
  std::vector<bool> wanted;  // whose start is asked for

  std::size_t partitions() const { return static_cast<std::size_t>(std::max(0, partition_count.value_or(0))); }
};

std::pair<std::int32_t, Offset> commit_of(const PartitionOffsets& partition) {
  return {partition.partition, *partition.committed};
}

// A refresh on its way: what is known of each item so far, or why it failed.
class Round {
 public:
  Round(lag::OffsetSource& source, std::span<const RefreshItem> items, LogStarts& starts, LogEnds& ends,
        const base::Clock& clock, base::SteadyTime deadline)
      : source_(source),
        items_(items),
        starts_(starts),
        ends_(ends),
        clock_(clock),
        deadline_(deadline),
        groups_(items.size()) {}

  std::vector<base::Result<SnapshotPtr>> run() {
    rows_.reserve(items_.size());
    for (const RefreshItem& item : items_) {
      base::prefetch(item.key->group.data());
      rows_.push_back(rows_of(item.key->topics));
    }
    count_partitions();
    read_commits();
    read_ends();
    take_ends();
    read_starts();
    return finish();
  }

 private:
  // A part of readings_.
  struct Rows {
    std::size_t begin = 0, count = 0;
  };

  // The topics of these names, of which those that are new are added.
  template <class Names>
  Rows rows_of(const Names& names) {
    const Rows rows{readings_.size(), std::size(names)};
    for (const std::string_view name : names) {
      auto known = topic_of_.find(name);
      if (known == topic_of_.end()) {
        Topic& topic = topics_.emplace_back();
        topic.name = name;
        known = topic_of_.emplace(topic.name, &topic).first;
      }
      readings_.push_back(known->second);
    }
    return rows;
  }

  std::span<Topic* const> topics_of(std::size_t item) const {
    return std::span(readings_).subspan(rows_[item].begin, rows_[item].count);
  }

  // Asks of every topic that was not asked before.
  void count_partitions() {
    std::vector<std::string> names;
    for (std::size_t i = counted_; i < topics_.size(); ++i)
      names.push_back(topics_[i].name);
    if (names.empty()) return;
    auto counts = source_.partition_counts(names, deadline_);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!counts[i] && counts[i].error().code == base::ErrorCode::kNotFound) starts_.forget(names[i]);
      topics_[counted_ + i].partition_count = std::move(counts[i]);
    }
    counted_ = topics_.size();
  }

  void fail(std::size_t item, const base::Error& error) { groups_[item] = std::unexpected(error); }

  // What is to be asked of an item's group, or nothing after noting why not.
  std::optional<lag::CommittedRequest> request_of(std::size_t item) {
    lag::CommittedRequest request{items_[item].key->group, {}};
    request.topics.reserve(topics_of(item).size());
    for (const Topic* topic : topics_of(item)) {
      if (!topic->partition_count) {
        fail(item, topic->partition_count.error());
        return std::nullopt;
      }
      request.topics.push_back({topic->name, *topic->partition_count});
    }
    return request;
  }

  void read_commits() {
    std::vector<lag::CommittedRequest> requests;
    std::vector<std::size_t> asked;
    requests.reserve(items_.size());
    asked.reserve(items_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) {
      auto request = request_of(i);
      if (!request) continue;
      requests.push_back(*std::move(request));
      asked.push_back(i);
    }
    if (requests.empty()) return;
    auto commits = source_.committed(requests, deadline_);
    for (std::size_t r = 0; r < requests.size(); ++r)
      groups_[asked[r]] = std::move(commits[r]);
    find_topics();
  }

  // All-topics mode: topics are known by their commits alone, and have more partitions than those with one.
  void find_topics() {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].key->topics.empty() || !groups_[i]) continue;
      std::vector<std::string_view> names;
      for (const auto& topic : *groups_[i])
        names.push_back(topic.topic);
      std::ranges::sort(names);
      rows_[i] = rows_of(names);
      found.push_back(i);
    }
    count_partitions();
    for (const std::size_t i : found) {
      const auto request = request_of(i);
      if (!request) continue;
      GroupOffsets all = lag::nothing_committed(*request);
      if (!request->topics.empty())
        for (const auto& [topic, partitions] : *groups_[i])
          lag::note_commits(*request, topic, partitions | std::views::transform(commit_of), all);
      groups_[i] = std::move(all);
    }
  }

  void read_ends() {
    std::vector<Topic*> asked;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!groups_[i]) continue;
      for (Topic* topic : topics_of(i))
        if (topic->wanted.empty() && topic->partitions() > 0) {
          topic->wanted.assign(topic->partitions(), false);
          asked.push_back(topic);
        }
    }
    std::vector<lag::LogOffsetRequest> requests;
    requests.reserve(asked.size());
    for (const Topic* topic : asked) {
      auto& partitions = requests.emplace_back(lag::LogOffsetRequest{topic->name, {}}).partitions;
      for (std::int32_t partition = 0; partition < *topic->partition_count; ++partition)
        partitions.push_back(partition);
    }
    if (requests.empty()) return;
    auto ends = source_.log_offsets(requests, LogPosition::kEnd, deadline_);
    const auto now = clock_.now();
    for (std::size_t r = 0; r < asked.size(); ++r) {
      Topic& topic = *asked[r];
      topic.ends = std::move(ends[r]);
      for (const std::int32_t partition : requests[r].partitions) {
        const auto& end = topic.ends[static_cast<std::size_t>(partition)];
        if (end && !ends_.observe(topic.name, partition, *end, now)) starts_.forget(topic.name, partition);
      }
      topic.starts = known_starts(topic, now);
    }
    if (!source_.read_committed()) return;
    auto high_watermarks = source_.log_offsets(requests, LogPosition::kHighWatermark, deadline_);
    for (std::size_t r = 0; r < asked.size(); ++r)
      asked[r]->high_watermarks = std::move(high_watermarks[r]);
  }

  std::vector<std::optional<base::Result<Offset>>> known_starts(const Topic& topic, base::SteadyTime now) const {
    const auto known = starts_.find(topic.name, topic.partitions(), now);
    std::vector<std::optional<base::Result<Offset>>> starts(known.size());
    // A log cannot end before it starts: what is known is of one that was there before.
    for (std::size_t partition = 0; partition < known.size(); ++partition)
      if (known[partition] && topic.ends[partition] && *known[partition] <= *topic.ends[partition])
        starts[partition] = *known[partition];
    return starts;
  }

  void take_ends() {
    for (std::size_t i = 0; i < items_.size(); ++i)
      for (std::size_t t = 0; groups_[i] && t < topics_of(i).size(); ++t)
        take_ends(i, *topics_of(i)[t], (*groups_[i])[t].partitions);
  }

  void take_ends(std::size_t item, Topic& topic, std::vector<PartitionOffsets>& partitions) {
    bool lacks_start = false;
    for (std::size_t number = 0; number < partitions.size(); ++number) {
      PartitionOffsets& partition = partitions[number];
      if (!topic.ends[number]) return fail(item, topic.ends[number].error());
      partition.log_end = *topic.ends[number];
      if (!topic.high_watermarks.empty()) {
        if (!topic.high_watermarks[number]) return fail(item, topic.high_watermarks[number].error());
        partition.high_watermark = *topic.high_watermarks[number];
      }
      if (!lag::needs_log_start(partition)) continue;
      if (const auto& start = topic.starts[number]) {
        partition.log_start = **start;
      } else {
        topic.wanted[number] = true;
        lacks_start = true;
      }
    }
    if (lacks_start) lacking_start_.push_back(item);
  }

  void read_starts() {
    std::vector<Topic*> asked;
    std::vector<lag::LogOffsetRequest> requests;
    for (Topic& topic : topics_) {
      std::vector<std::int32_t> partitions;
      for (std::size_t partition = 0; partition < topic.wanted.size(); ++partition)
        if (topic.wanted[partition]) partitions.push_back(static_cast<std::int32_t>(partition));
      if (partitions.empty()) continue;
      asked.push_back(&topic);
      requests.push_back({topic.name, std::move(partitions)});
    }
    if (!requests.empty()) {
      auto starts = source_.log_offsets(requests, LogPosition::kStart, deadline_);
      const auto now = clock_.now();
      for (std::size_t r = 0; r < requests.size(); ++r) {
        for (std::size_t p = 0; p < requests[r].partitions.size(); ++p) {
          const auto partition = requests[r].partitions[p];
          if (starts[r][p]) starts_.store(requests[r].topic, partition, *starts[r][p], now);
          asked[r]->starts[static_cast<std::size_t>(partition)] = std::move(starts[r][p]);
        }
      }
    }
    for (const std::size_t item : lacking_start_)
      take_starts(item);
    starts_.prune(clock_.now());
  }

  void take_starts(std::size_t item) {
    if (!groups_[item]) return;
    for (std::size_t t = 0; t < topics_of(item).size(); ++t) {
      const Topic& topic = *topics_of(item)[t];
      for (PartitionOffsets& partition : (*groups_[item])[t].partitions) {
        if (partition.log_start || !lag::needs_log_start(partition)) continue;
        const auto& start = *topic.starts[static_cast<std::size_t>(partition.partition)];
        if (!start) return fail(item, start.error());
        partition.log_start = *start;
      }
    }
  }

  std::vector<base::Result<SnapshotPtr>> finish() {
    std::vector<base::Result<SnapshotPtr>> results;
    results.reserve(items_.size());
    const auto now = clock_.now();
    const auto system_now = clock_.system_now();
    for (std::size_t i = 0; i < items_.size(); ++i) {
      prefetch_before(i);
      if (!groups_[i]) {
        results.emplace_back(std::unexpected(std::move(groups_[i].error())));
        continue;
      }
      add_progress(*groups_[i], items_[i].before.get(), now);
      results.emplace_back(std::make_shared<const Snapshot>(Snapshot{now, system_now, *std::move(groups_[i])}));
    }
    return results;
  }

  // The snapshots before lie wherever there was room, and each leads to the next piece of itself.
  void prefetch_before(std::size_t item) const {
    constexpr std::size_t kApart = 3;
    constexpr std::size_t kLine = 64;
    const auto before = [&](std::size_t steps) {
      const std::size_t later = item + steps * kApart;
      return later < items_.size() ? items_[later].before.get() : nullptr;
    };
    base::prefetch(before(3));
    if (const Snapshot* const soon = before(2)) base::prefetch(soon->offsets.data());
    const Snapshot* const next = before(1);
    if (next == nullptr || next->offsets.empty()) return;
    const std::span<const PartitionOffsets> partitions = next->offsets.front().partitions;
    for (const auto& partition : partitions.first(std::min(partitions.size(), kMostPrefetched)))
      base::prefetch(&partition);
    static_assert(sizeof(PartitionOffsets) == kLine);
  }

  static void add_progress(GroupOffsets& offsets, const Snapshot* before, base::SteadyTime now) {
    for (auto& topic : offsets) {
      const lag::TopicOffsets* known = nullptr;
      if (before != nullptr) {
        const auto found = std::ranges::find(before->offsets, topic.topic, &lag::TopicOffsets::topic);
        if (found != before->offsets.end()) known = &*found;
      }
      for (auto& partition : topic.partitions) {
        const auto number = static_cast<std::size_t>(partition.partition);
        const bool is_known = known != nullptr && number < known->partitions.size();
        partition.progress = lag::next_progress(partition, is_known ? &known->partitions[number] : nullptr, now);
      }
    }
  }

  lag::OffsetSource& source_;
  std::span<const RefreshItem> items_;
  LogStarts& starts_;
  LogEnds& ends_;
  const base::Clock& clock_;
  base::SteadyTime deadline_;
  std::deque<Topic> topics_;
  std::unordered_map<std::string_view, Topic*> topic_of_;  // by their names
  std::size_t counted_ = 0;                                // so many of topics_ have been asked about
  std::vector<Topic*> readings_;                           // who reads what, item after item
  std::vector<Rows> rows_;                                 // of readings_, by item, in the order of its offsets
  std::vector<base::Result<GroupOffsets>> groups_;
  std::vector<std::size_t> lacking_start_;  // items
};

}  // namespace

std::vector<base::Result<SnapshotPtr>> refresh(lag::OffsetSource& source, std::span<const RefreshItem> items,
                                               LogStarts& starts, LogEnds& ends, const base::Clock& clock,
                                               base::SteadyTime deadline) {
  return Round(source, items, starts, ends, clock, deadline).run();
}

}  // namespace weir::monitor
