#include "monitor/refresh.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/prefetch.h"
#include "lag/partition_lag.h"
#include "monitor/topic_readings.h"

namespace weir::monitor {
namespace {

using lag::GroupOffsets;
using lag::Offset;
using lag::PartitionOffsets;
using Topic = TopicReadings::Topic;

// Of a topic: more are read one after the other, which the processor sees by itself.
constexpr std::size_t kMostPrefetched = 16;

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
        clock_(clock),
        deadline_(deadline),
        topics_(source, starts, ends, clock, deadline),
        groups_(items.size()) {}

  std::vector<base::Result<SnapshotPtr>> run() {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const auto& shared = items_[i].topic;
      groups_[i].topics = shared != nullptr ? row_of(shared) : rows_of(items_[i].key->topics);
    }
    topics_.count_partitions();
    read_commits();
    read_ends();
    topics_.renew_starts();
    for (std::size_t i = 0; i < items_.size(); ++i)
      if (groups_[i].unchanged && !keep(i)) take_commits_before(i);
    for (std::size_t i = 0; i < items_.size(); ++i)
      take_ends(i);
    topics_.read_starts();
    for (const std::size_t item : lacking_start_)
      take_starts(item);
    return finish();
  }

 private:
  // A part of readings_.
  struct Rows {
    std::size_t begin = 0, count = 0;
  };
  struct Group {
    Rows topics;  // in the order of its offsets
    base::Result<GroupOffsets> offsets;
    lag::CommitsMark commits;
    bool unchanged = false;  // the commits are those of the snapshot before
    bool kept = false;       // and so is all else
    bool needs_log_starts = false;
  };

  template <class Names>
  Rows rows_of(const Names& names) {
    const Rows rows{readings_.size(), std::size(names)};
    for (const std::string_view name : names)
      readings_.push_back(&topics_.find_or_add(name));
    return rows;
  }

  Rows row_of(const std::string* name) {
    Topic*& topic = shared_[name];
    if (topic == nullptr) topic = &topics_.find_or_add(*name);
    readings_.push_back(topic);
    return {readings_.size() - 1, 1};
  }

  std::span<Topic* const> topics_of(std::size_t item) const {
    return std::span(readings_).subspan(groups_[item].topics.begin, groups_[item].topics.count);
  }

  void fail(std::size_t item, const base::Error& error) {
    groups_[item].offsets = std::unexpected(error);
    groups_[item].unchanged = false;
  }

  // What is to be asked of an item's group, or nothing after noting why not.
  std::optional<lag::CommittedRequest> request_of(std::size_t item) {
    const auto& [key, before, may_stand, topic_name] = items_[item];
    lag::CommittedRequest request{key->group, {}, {}};
    request.topics.reserve(topics_of(item).size());
    for (const Topic* topic : topics_of(item)) {
      if (!topic->partition_count) {
        fail(item, topic->partition_count.error());
        return std::nullopt;
      }
      request.topics.push_back({topic->name, *topic->partition_count});
    }
    if (before && may_stand && !key->topics.empty()) request.known = before->mark.commits;
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
    // Where one broker hangs, there must be time left for the log ends of the groups that others told of. Deadlines are
    // of the clock that runs, whichever one snapshots have.
    const auto now = std::chrono::steady_clock::now();
    auto answers = source_.committed(requests, now + (deadline_ - now) * 3 / 4);
    for (std::size_t r = 0; r < requests.size(); ++r) {
      if (!answers[r]) {
        fail(asked[r], answers[r].error());
        continue;
      }
      Group& group = groups_[asked[r]];
      group.commits = answers[r]->mark;
      group.unchanged = !answers[r]->offsets;
      if (!group.unchanged) group.offsets = *std::move(answers[r]->offsets);
    }
    find_topics();
  }

  // All-topics mode: topics are known by their commits alone, and have more partitions than those with one.
  void find_topics() {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].key->topics.empty() || !groups_[i].offsets) continue;
      std::vector<std::string_view> names;
      for (const auto& topic : *groups_[i].offsets)
        names.push_back(topic.topic);
      std::ranges::sort(names);
      groups_[i].topics = rows_of(names);
      groups_[i].commits = {};
      found.push_back(i);
    }
    topics_.count_partitions();
    for (const std::size_t i : found) {
      const auto request = request_of(i);
      if (!request) continue;
      GroupOffsets all = lag::nothing_committed(*request);
      if (!request->topics.empty())
        for (const auto& [topic, partitions] : *groups_[i].offsets)
          lag::note_commits(*request, topic, partitions | std::views::transform(commit_of), all);
      groups_[i].offsets = std::move(all);
    }
  }

  void read_ends() {
    std::vector<Topic*> asked;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!groups_[i].offsets) continue;
      const bool starts_used = groups_[i].unchanged && items_[i].before->mark.needs_log_starts;
      for (Topic* topic : topics_of(i)) {
        topic->starts_used = topic->starts_used || starts_used;
        if (!topic->wanted.empty() || topic->partitions() == 0) continue;
        topic->wanted.assign(topic->partitions(), false);
        asked.push_back(topic);
      }
    }
    topics_.read_ends(asked);
  }

  // The version of what all topics of an item say, which a change in one of them makes another.
  std::uint64_t version(std::size_t item, std::uint64_t Topic::* of) const {
    std::uint64_t latest = 0;
    for (const Topic* topic : topics_of(item))
      latest = std::max(latest, topic->*of);
    return latest;
  }

  // Whether the snapshot before stands: commits have not moved, and neither has any log.
  bool keep(std::size_t item) {
    const SnapshotMark& mark = items_[item].before->mark;
    bool same = mark.log_ends != 0 && mark.log_ends == version(item, &Topic::ends_version);
    if (mark.needs_log_starts) same = same && mark.log_starts == version(item, &Topic::starts_version);
    for (const Topic* topic : topics_of(item))
      same = same && topic->ends_known && (topic->starts_fresh || !mark.needs_log_starts);
    return groups_[item].kept = same && !source_.read_committed();
  }

  void take_commits_before(std::size_t item) {
    groups_[item].offsets = *items_[item].before->offsets;
    for (auto& topic : *groups_[item].offsets)
      for (PartitionOffsets& partition : topic.partitions)
        partition.log_start = std::nullopt;
  }

  void take_ends(std::size_t item) {
    Group& group = groups_[item];
    if (group.kept) return;
    for (std::size_t t = 0; group.offsets && t < group.topics.count; ++t)
      take_ends(item, *topics_of(item)[t], (*group.offsets)[t].partitions);
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
      groups_[item].needs_log_starts = true;
      if (const auto& start = topic.starts[number]) {
        if (!*start) return fail(item, start->error());
        partition.log_start = **start;
      } else {
        topic.wanted[number] = true;
        lacks_start = true;
      }
    }
    if (lacks_start) lacking_start_.push_back(item);
  }

  void take_starts(std::size_t item) {
    if (!groups_[item].offsets) return;
    for (std::size_t t = 0; t < topics_of(item).size(); ++t) {
      const Topic& topic = *topics_of(item)[t];
      for (PartitionOffsets& partition : (*groups_[item].offsets)[t].partitions) {
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
      auto& [rows, offsets, commits, unchanged, kept, needs_log_starts] = groups_[i];
      const Snapshot* const before = items_[i].before.get();
      if (kept) {
        SnapshotMark mark = before->mark;
        mark.commits.told_by = commits.told_by;
        results.emplace_back(std::make_shared<const Snapshot>(Snapshot{now, system_now, before->offsets, mark}));
      } else if (!offsets) {
        results.emplace_back(std::unexpected(std::move(offsets.error())));
      } else {
        add_progress(*offsets, before, now);
        results.emplace_back(std::make_shared<const Snapshot>(Snapshot{
            now,
            system_now,
            std::make_shared<const GroupOffsets>(*std::move(offsets)),
            {commits, version(i, &Topic::ends_version), version(i, &Topic::starts_version), needs_log_starts}}));
      }
    }
    return results;
  }

  // The snapshots before lie wherever there was room, and each leads to the next piece of itself.
  void prefetch_before(std::size_t item) const {
    constexpr std::size_t kApart = 3;
    const auto before = [&](std::size_t steps) {
      const std::size_t later = item + steps * kApart;
      const bool needed = later < items_.size() && !groups_[later].kept && items_[later].before;
      return needed ? items_[later].before->offsets.get() : nullptr;
    };
    base::prefetch(before(3));
    if (const GroupOffsets* const soon = before(2)) base::prefetch(soon->data());
    const GroupOffsets* const next = before(1);
    if (next == nullptr || next->empty()) return;
    const std::span<const PartitionOffsets> partitions = next->front().partitions;
    for (const auto& partition : partitions.first(std::min(partitions.size(), kMostPrefetched)))
      base::prefetch(&partition);
    static_assert(sizeof(PartitionOffsets) == base::kCacheLine);
  }

  static void add_progress(GroupOffsets& offsets, const Snapshot* before, base::SteadyTime now) {
    for (auto& topic : offsets) {
      const lag::TopicOffsets* known = nullptr;
      if (before != nullptr) {
        const auto found = std::ranges::find(*before->offsets, topic.topic, &lag::TopicOffsets::topic);
        if (found != before->offsets->end()) known = &*found;
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
  const base::Clock& clock_;
  const base::SteadyTime deadline_;
  TopicReadings topics_;
  std::vector<Topic*> readings_;                           // who reads what, item after item
  std::vector<Group> groups_;                              // by item
  std::unordered_map<const std::string*, Topic*> shared_;  // by where the name is that the items share
  std::vector<std::size_t> lacking_start_;
};

}  // namespace

std::vector<base::Result<SnapshotPtr>> refresh(lag::OffsetSource& source, std::span<const RefreshItem> items,
                                               LogStarts& starts, LogEnds& ends, const base::Clock& clock,
                                               base::SteadyTime deadline) {
  return Round(source, items, starts, ends, clock, deadline).run();
}

}  // namespace weir::monitor
