#include "monitor/refresh.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "lag/partition_lag.h"

namespace weir::monitor {
namespace {

using lag::GroupCommits;
using lag::GroupOffsets;
using lag::LogPosition;
using lag::Offset;
using lag::PartitionOffsets;

template <class Value>
using ByTopic = std::map<std::string, Value, std::less<>>;

// A refresh on its way: what is known of each item so far, or why it failed.
class Round {
 public:
  Round(lag::OffsetSource& source, std::span<const RefreshItem> items, LogStartCache& starts, LogEnds& ends,
        const base::Clock& clock, base::SteadyTime deadline)
      : source_(source),
        items_(items),
        starts_(starts),
        ends_(ends),
        clock_(clock),
        deadline_(deadline),
        groups_(items.size()) {}

  std::vector<base::Result<SnapshotPtr>> run() {
    count_partitions(named_topics());
    read_commits();
    read_log(LogPosition::kEnd, [](const PartitionOffsets&) { return true; }, &PartitionOffsets::log_end);
    if (source_.read_committed()) {
      read_log(
          LogPosition::kHighWatermark, [](const PartitionOffsets&) { return true; }, &PartitionOffsets::high_watermark);
    }
    read_starts();
    return finish();
  }

 private:
  std::vector<std::string> named_topics() const {
    std::set<std::string> topics;
    for (const RefreshItem& item : items_)
      topics.insert(item.topics.begin(), item.topics.end());
    return {topics.begin(), topics.end()};
  }

  void count_partitions(const std::vector<std::string>& topics) {
    if (topics.empty()) return;
    auto counts = source_.partition_counts(topics, deadline_);
    for (std::size_t i = 0; i < topics.size(); ++i) {
      if (!counts[i] && counts[i].error().code == base::ErrorCode::kNotFound) starts_.forget(topics[i]);
      partition_counts_.insert_or_assign(topics[i], std::move(counts[i]));
    }
  }

  void fail(std::size_t item, const base::Error& error) { groups_[item] = std::unexpected(error); }

  // The partitions of an item's topics, or nothing after noting why not.
  std::optional<std::vector<lag::TopicPartitions>> partitions_of(std::size_t item,
                                                                 const std::vector<std::string>& topics) {
    std::vector<lag::TopicPartitions> partitions;
    for (const std::string& topic : topics) {
      const auto& count = partition_counts_.at(topic);
      if (!count) {
        fail(item, count.error());
        return std::nullopt;
      }
      partitions.push_back({topic, *count});
    }
    return partitions;
  }

  void read_commits() {
    std::vector<lag::CommittedRequest> requests;
    std::vector<std::size_t> asked;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      auto partitions = partitions_of(i, items_[i].topics);
      if (!partitions) continue;
      requests.push_back({items_[i].group, *std::move(partitions)});
      asked.push_back(i);
    }
    if (requests.empty()) return;
    const auto commits = source_.committed(requests, deadline_);
    count_partitions(uncounted_topics(asked, commits));
    for (std::size_t r = 0; r < requests.size(); ++r) {
      if (!commits[r]) {
        fail(asked[r], commits[r].error());
        continue;
      }
      if (requests[r].topics.empty()) {
        auto partitions = partitions_of(asked[r], topics_of(*commits[r]));
        if (!partitions) continue;
        requests[r].topics = *std::move(partitions);
      }
      groups_[asked[r]] = with_commits(requests[r].topics, *commits[r]);
    }
  }

  static std::vector<std::string> topics_of(const GroupCommits& commits) {
    std::vector<std::string> topics;
    for (const auto& topic : commits)
      if (!topic.commits.empty()) topics.push_back(topic.topic);
    std::ranges::sort(topics);
    return topics;
  }

  // All-topics mode: the topics are known only now.
  std::vector<std::string> uncounted_topics(const std::vector<std::size_t>& asked,
                                            const std::vector<base::Result<GroupCommits>>& commits) const {
    std::set<std::string> topics;
    for (std::size_t r = 0; r < asked.size(); ++r) {
      if (!items_[asked[r]].topics.empty() || !commits[r]) continue;
      for (auto& topic : topics_of(*commits[r]))
        if (!partition_counts_.contains(topic)) topics.insert(std::move(topic));
    }
    return {topics.begin(), topics.end()};
  }

  static GroupOffsets with_commits(const std::vector<lag::TopicPartitions>& topics, const GroupCommits& commits) {
    GroupOffsets offsets;
    for (const auto& [topic, count] : topics) {
      auto& entry = offsets.emplace_back(lag::TopicOffsets{topic, {}});
      entry.partitions.resize(static_cast<std::size_t>(count));
      for (std::int32_t p = 0; p < count; ++p)
        entry.partitions[static_cast<std::size_t>(p)].partition = p;
      const auto found = std::ranges::find(commits, topic, &lag::TopicCommits::topic);
      if (found == commits.end()) continue;
      for (const auto& [partition, offset] : found->commits)
        if (partition >= 0 && partition < count)
          entry.partitions[static_cast<std::size_t>(partition)].committed = offset;
    }
    return offsets;
  }

  // Asks `position` of every partition that `wanted` picks, each once however many groups need it, and stores it in
  // `field`.
  template <class Wanted>
  void read_log(LogPosition position, Wanted wanted, std::optional<Offset> PartitionOffsets::* field) {
    ByTopic<std::set<std::int32_t>> needed;
    for (const auto& group : groups_) {
      if (!group) continue;
      for (const auto& topic : *group)
        for (const auto& partition : topic.partitions)
          if (wanted(partition)) needed[topic.topic].insert(partition.partition);
    }
    if (needed.empty()) return;
    std::vector<lag::LogOffsetRequest> requests;
    for (const auto& [topic, partitions] : needed)
      requests.push_back({topic, {partitions.begin(), partitions.end()}});
    const auto answers = source_.log_offsets(requests, position, deadline_);
    if (position == LogPosition::kEnd) note_ends(requests, answers);
    ByTopic<std::map<std::int32_t, const base::Result<Offset>*>> found;
    for (std::size_t r = 0; r < requests.size(); ++r)
      for (std::size_t p = 0; p < requests[r].partitions.size(); ++p)
        found[requests[r].topic][requests[r].partitions[p]] = &answers[r][p];
    for (std::size_t i = 0; i < groups_.size(); ++i)
      if (groups_[i]) store(i, wanted, field, found);
  }

  void note_ends(const std::vector<lag::LogOffsetRequest>& requests,
                 const std::vector<std::vector<base::Result<Offset>>>& answers) {
    const auto now = clock_.now();
    for (std::size_t r = 0; r < requests.size(); ++r)
      for (std::size_t p = 0; p < requests[r].partitions.size(); ++p)
        if (answers[r][p] && !ends_.observe(requests[r].topic, requests[r].partitions[p], *answers[r][p], now))
          starts_.forget(requests[r].topic, requests[r].partitions[p]);
  }

  template <class Wanted>
  void store(std::size_t item, Wanted wanted, std::optional<Offset> PartitionOffsets::* field,
             const ByTopic<std::map<std::int32_t, const base::Result<Offset>*>>& found) {
    for (auto& topic : *groups_[item]) {
      for (auto& partition : topic.partitions) {
        if (!wanted(partition)) continue;
        const base::Result<Offset>& answer = *found.at(topic.topic).at(partition.partition);
        if (!answer) return fail(item, answer.error());
        partition.*field = *answer;
      }
    }
  }

  void read_starts() {
    const auto now = clock_.now();
    for_each_partition([&](const std::string& topic, PartitionOffsets& partition) {
      if (!lag::needs_log_start(partition)) return;
      const auto known = starts_.find(topic, partition.partition, now);
      // A log cannot end before it starts: what is known is of one that was there before.
      if (known && *known <= *partition.log_end) partition.log_start = known;
    });
    read_log(
        LogPosition::kStart, [](const PartitionOffsets& p) { return !p.log_start && lag::needs_log_start(p); },
        &PartitionOffsets::log_start);
    for_each_partition([&](const std::string& topic, PartitionOffsets& partition) {
      if (partition.log_start && starts_.find(topic, partition.partition, now) != partition.log_start)
        starts_.store(topic, partition.partition, *partition.log_start, now);
    });
    starts_.prune(now);
  }

  template <class Action>
  void for_each_partition(Action action) {
    for (auto& group : groups_) {
      if (!group) continue;
      for (auto& topic : *group)
        for (auto& partition : topic.partitions)
          action(topic.topic, partition);
    }
  }

  std::vector<base::Result<SnapshotPtr>> finish() {
    std::vector<base::Result<SnapshotPtr>> results;
    const auto now = clock_.now();
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!groups_[i]) {
        results.emplace_back(std::unexpected(groups_[i].error()));
        continue;
      }
      add_progress(*groups_[i], items_[i].before, now);
      results.emplace_back(
          std::make_shared<const Snapshot>(Snapshot{now, clock_.system_now(), *std::move(groups_[i])}));
    }
    return results;
  }

  static void add_progress(GroupOffsets& offsets, const SnapshotPtr& before, base::SteadyTime now) {
    for (auto& topic : offsets) {
      const lag::TopicOffsets* known = nullptr;
      if (before) {
        const auto found = std::ranges::find(before->offsets, topic.topic, &lag::TopicOffsets::topic);
        if (found != before->offsets.end()) known = &*found;
      }
      for (auto& partition : topic.partitions) {
        const auto index = static_cast<std::size_t>(partition.partition);
        std::optional<PartitionOffsets> last;
        if (known && index < known->partitions.size()) last = known->partitions[index];
        partition.progress = lag::next_progress(partition, last, now);
      }
    }
  }

  lag::OffsetSource& source_;
  std::span<const RefreshItem> items_;
  LogStartCache& starts_;
  LogEnds& ends_;
  const base::Clock& clock_;
  base::SteadyTime deadline_;
  ByTopic<base::Result<std::int32_t>> partition_counts_;
  std::vector<base::Result<GroupOffsets>> groups_;
};

}  // namespace

std::optional<Offset> LogStartCache::find(const std::string& topic, std::int32_t partition,
                                          base::SteadyTime now) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return std::nullopt;
  const auto entry = found->second.find(partition);
  if (entry == found->second.end() || now - entry->second.asked > kMaxAge) return std::nullopt;
  return entry->second.start;
}

void LogStartCache::store(const std::string& topic, std::int32_t partition, Offset start, base::SteadyTime now) {
  topics_[topic].insert_or_assign(partition, Entry{start, now});
}

void LogStartCache::forget(const std::string& topic) {
  topics_.erase(topic);
}

void LogStartCache::forget(const std::string& topic, std::int32_t partition) {
  if (const auto found = topics_.find(topic); found != topics_.end()) found->second.erase(partition);
}

void LogStartCache::prune(base::SteadyTime now) {
  for (auto topic = topics_.begin(); topic != topics_.end();) {
    std::erase_if(topic->second, [now](const auto& entry) { return now - entry.second.asked > kMaxAge; });
    topic = topic->second.empty() ? topics_.erase(topic) : std::next(topic);
  }
}

std::vector<base::Result<SnapshotPtr>> refresh(lag::OffsetSource& source, std::span<const RefreshItem> items,
                                               LogStartCache& starts, LogEnds& ends, const base::Clock& clock,
                                               base::SteadyTime deadline) {
  return Round(source, items, starts, ends, clock, deadline).run();
}

}  // namespace weir::monitor
