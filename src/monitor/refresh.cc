#include "monitor/refresh.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include "lag/partition_lag.h"

namespace weir::monitor {
namespace {

using lag::GroupCommits;
using lag::GroupOffsets;
using lag::LogPosition;
using lag::Offset;
using lag::PartitionOffsets;

// A topic that groups of this round read: asked about once for all of them.
struct Topic {
  static constexpr std::size_t kNotAsked = SIZE_MAX;

  std::string name;
  base::Result<std::int32_t> partition_count;
  // Of the requests on their way: which is about this topic, and where in it each partition is asked about.
  std::size_t request = 0;
  std::vector<std::size_t> position;

  std::size_t partitions() const { return static_cast<std::size_t>(std::max(0, partition_count.value_or(0))); }
};

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
        topics_of_(items.size()),
        groups_(items.size()) {}

  std::vector<base::Result<SnapshotPtr>> run() {
    for (std::size_t i = 0; i < items_.size(); ++i)
      topics_of_[i] = indices_of(items_[i].topics);
    count_partitions();
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
  using Indices = std::vector<std::size_t>;

  // Where the topics lie in topics_, to which those that are new are added.
  Indices indices_of(const std::vector<std::string>& names) {
    Indices indices;
    indices.reserve(names.size());
    for (const std::string& name : names) {
      const auto [known, added] = index_of_.try_emplace(name, topics_.size());
      if (added) topics_.push_back({name, 0, 0, {}});
      indices.push_back(known->second);
    }
    return indices;
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

  // The partitions of an item's topics, or nothing after noting why not.
  std::optional<std::vector<lag::TopicPartitions>> partitions_of(std::size_t item) {
    std::vector<lag::TopicPartitions> partitions;
    partitions.reserve(topics_of_[item].size());
    for (const std::size_t index : topics_of_[item]) {
      const auto& count = topics_[index].partition_count;
      if (!count) {
        fail(item, count.error());
        return std::nullopt;
      }
      partitions.push_back({topics_[index].name, *count});
    }
    return partitions;
  }

  void read_commits() {
    std::vector<lag::CommittedRequest> requests;
    Indices asked;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      auto partitions = partitions_of(i);
      if (!partitions) continue;
      requests.push_back({items_[i].group, *std::move(partitions)});
      asked.push_back(i);
    }
    if (requests.empty()) return;
    const auto commits = source_.committed(requests, deadline_);
    // All-topics mode: the topics are known only now.
    for (std::size_t r = 0; r < requests.size(); ++r)
      if (requests[r].topics.empty() && commits[r]) topics_of_[asked[r]] = indices_of(topics_of(*commits[r]));
    count_partitions();
    for (std::size_t r = 0; r < requests.size(); ++r) {
      if (!commits[r]) {
        fail(asked[r], commits[r].error());
        continue;
      }
      if (requests[r].topics.empty()) {
        auto partitions = partitions_of(asked[r]);
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

  static GroupOffsets with_commits(const std::vector<lag::TopicPartitions>& topics, const GroupCommits& commits) {
    GroupOffsets offsets;
    offsets.reserve(topics.size());
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
  void read_log(LogPosition position, Wanted wanted, lag::MaybeOffset PartitionOffsets::* field) {
    const auto requests = requests_for(wanted);
    if (requests.empty()) return;
    const auto answers = source_.log_offsets(requests, position, deadline_);
    note(position, requests, answers);
    for (std::size_t i = 0; i < groups_.size(); ++i)
      if (groups_[i]) store(i, wanted, field, answers);
  }

  template <class Wanted>
  std::vector<lag::LogOffsetRequest> requests_for(Wanted wanted) {
    constexpr std::size_t kAsked = 0;
    for (Topic& topic : topics_)
      topic.position.assign(topic.partitions(), Topic::kNotAsked);
    for_each_partition([&](std::size_t index, const PartitionOffsets& partition) {
      if (wanted(partition)) topics_[index].position[static_cast<std::size_t>(partition.partition)] = kAsked;
    });
    std::vector<lag::LogOffsetRequest> requests;
    for (Topic& topic : topics_) {
      lag::LogOffsetRequest request{topic.name, {}};
      for (std::size_t partition = 0; partition < topic.position.size(); ++partition) {
        if (topic.position[partition] == Topic::kNotAsked) continue;
        topic.position[partition] = request.partitions.size();
        request.partitions.push_back(static_cast<std::int32_t>(partition));
      }
      if (request.partitions.empty()) continue;
      topic.request = requests.size();
      requests.push_back(std::move(request));
    }
    return requests;
  }

  using Answers = std::vector<std::vector<base::Result<Offset>>>;

  void note(LogPosition position, const std::vector<lag::LogOffsetRequest>& requests, const Answers& answers) {
    if (position == LogPosition::kHighWatermark) return;
    const auto now = clock_.now();
    for (std::size_t r = 0; r < requests.size(); ++r) {
      const auto& [topic, partitions] = requests[r];
      for (std::size_t p = 0; p < partitions.size(); ++p) {
        if (!answers[r][p]) continue;
        if (position == LogPosition::kStart) {
          starts_.store(topic, partitions[p], *answers[r][p], now);
        } else if (!ends_.observe(topic, partitions[p], *answers[r][p], now)) {
          starts_.forget(topic, partitions[p]);
        }
      }
    }
  }

  template <class Wanted>
  void store(std::size_t item, Wanted wanted, lag::MaybeOffset PartitionOffsets::* field, const Answers& answers) {
    for (std::size_t t = 0; t < topics_of_[item].size(); ++t) {
      const Topic& topic = topics_[topics_of_[item][t]];
      for (auto& partition : (*groups_[item])[t].partitions) {
        if (!wanted(partition)) continue;
        const auto& answer = answers[topic.request][topic.position[static_cast<std::size_t>(partition.partition)]];
        if (!answer) return fail(item, answer.error());
        partition.*field = *answer;
      }
    }
  }

  void read_starts() {
    const auto now = clock_.now();
    std::vector<std::vector<std::optional<Offset>>> known;
    known.reserve(topics_.size());
    for (const Topic& topic : topics_)
      known.push_back(starts_.find(topic.name, topic.partitions(), now));
    for_each_partition([&](std::size_t index, PartitionOffsets& partition) {
      if (!lag::needs_log_start(partition)) return;
      const auto& start = known[index][static_cast<std::size_t>(partition.partition)];
      // A log cannot end before it starts: what is known is of one that was there before.
      if (start && *start <= *partition.log_end) partition.log_start = start;
    });
    read_log(
        LogPosition::kStart, [](const PartitionOffsets& p) { return !p.log_start && lag::needs_log_start(p); },
        &PartitionOffsets::log_start);
    starts_.prune(now);
  }

  template <class Action>
  void for_each_partition(Action action) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (!groups_[i]) continue;
      for (std::size_t t = 0; t < topics_of_[i].size(); ++t)
        for (auto& partition : (*groups_[i])[t].partitions)
          action(topics_of_[i][t], partition);
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
  LogStarts& starts_;
  LogEnds& ends_;
  const base::Clock& clock_;
  base::SteadyTime deadline_;
  std::unordered_map<std::string, std::size_t> index_of_;
  std::vector<Topic> topics_;
  std::size_t counted_ = 0;         // so many of topics_ have been asked about
  std::vector<Indices> topics_of_;  // by item, in the order of its offsets
  std::vector<base::Result<GroupOffsets>> groups_;
};

}  // namespace

std::vector<base::Result<SnapshotPtr>> refresh(lag::OffsetSource& source, std::span<const RefreshItem> items,
                                               LogStarts& starts, LogEnds& ends, const base::Clock& clock,
                                               base::SteadyTime deadline) {
  return Round(source, items, starts, ends, clock, deadline).run();
}

}  // namespace weir::monitor
