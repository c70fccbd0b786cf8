#include "support/fake_offset_source.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weir::testing {

using base::ErrorCode;

namespace {

template <class Map>
void set_or_erase(Map& map, const std::string& key, std::optional<base::Error> error) {
  map.erase(key);
  if (error) map.emplace(key, *std::move(error));
}

lag::CommitsMark mark_of(const lag::GroupOffsets& commits) {
  std::string text = "mark";
  for (const auto& [topic, partitions] : commits) {
    text += ' ' + topic;
    for (const auto& partition : partitions)
      text += ' ' + std::to_string(partition.partition) + '=' + std::to_string(partition.committed.value_or(-1));
  }
  return {std::hash<std::string>()(text), static_cast<std::uint32_t>(text.size())};
}

}  // namespace

void FakeOffsetSource::topic(const std::string& topic, std::vector<Partition> partitions) {
  const std::scoped_lock lock(mutex_);
  topics_[topic] = std::move(partitions);
}

void FakeOffsetSource::end(const std::string& topic, std::int32_t partition, lag::Offset end) {
  const std::scoped_lock lock(mutex_);
  auto& entry = topics_.at(topic).at(static_cast<std::size_t>(partition));
  entry.end = entry.high_watermark = end;
}

void FakeOffsetSource::commit(const std::string& group, const std::string& topic, std::int32_t partition,
                              lag::Offset offset) {
  const std::scoped_lock lock(mutex_);
  commits_[group][topic][partition] = offset;
}

void FakeOffsetSource::fail(std::optional<base::Error> error) {
  const std::scoped_lock lock(mutex_);
  error_ = std::move(error);
}

void FakeOffsetSource::fail_group(const std::string& group, std::optional<base::Error> error) {
  const std::scoped_lock lock(mutex_);
  set_or_erase(group_errors_, group, std::move(error));
}

void FakeOffsetSource::fail_topic(const std::string& topic, std::optional<base::Error> error) {
  const std::scoped_lock lock(mutex_);
  set_or_erase(topic_errors_, topic, std::move(error));
}

void FakeOffsetSource::fail_starts(std::optional<base::Error> error) {
  const std::scoped_lock lock(mutex_);
  start_error_ = std::move(error);
}

void FakeOffsetSource::told_by(std::int32_t broker) {
  const std::scoped_lock lock(mutex_);
  told_by_ = broker;
}

std::int32_t FakeOffsetSource::asked_of() const {
  const std::scoped_lock lock(mutex_);
  return asked_of_;
}

void FakeOffsetSource::take_per_group(std::chrono::microseconds time) {
  const std::scoped_lock lock(mutex_);
  per_group_ = time;
}

void FakeOffsetSource::hang() {
  const std::scoped_lock lock(mutex_);
  hanging_ = true;
}

void FakeOffsetSource::hang_group(const std::string& group) {
  const std::scoped_lock lock(mutex_);
  hanging_groups_.insert(group);
}

void FakeOffsetSource::go_on() {
  const std::scoped_lock lock(mutex_);
  hanging_ = false;
  changed_.notify_all();
}

class FakeOffsetSource::Watch final : public lag::LogEndWatch {
 public:
  explicit Watch(FakeOffsetSource& source) : source_(source) {}
  ~Watch() override {
    const std::scoped_lock lock(source_.mutex_);
    source_.moved_ = nullptr;
    source_.watched_.reset();
  }
  void watch(const std::vector<lag::LogEnd>& partitions) override {
    const std::scoped_lock lock(source_.mutex_);
    source_.watched_ = partitions;
  }

 private:
  FakeOffsetSource& source_;
};

std::unique_ptr<lag::LogEndWatch> FakeOffsetSource::watch_log_ends(const lag::LogEndListener& listener) {
  const std::scoped_lock lock(mutex_);
  moved_ = listener;
  return std::make_unique<Watch>(*this);
}

std::optional<std::vector<lag::LogEnd>> FakeOffsetSource::watched() const {
  const std::scoped_lock lock(mutex_);
  return watched_;
}

void FakeOffsetSource::move(const std::vector<lag::LogEndMove>& moves) {
  const std::scoped_lock lock(mutex_);
  if (moved_) moved_(moves);
}

void FakeOffsetSource::interrupt() {
  const std::scoped_lock lock(mutex_);
  interrupted_ = true;
  changed_.notify_all();
}

FakeOffsetSource::Counts FakeOffsetSource::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

std::optional<base::Error> FakeOffsetSource::wait(std::unique_lock<std::mutex>& lock, base::SteadyTime deadline) {
  const bool free = changed_.wait_until(lock, deadline, [this] { return !hanging_ || interrupted_; });
  if (interrupted_) return base::Error{ErrorCode::kUnavailable, "interrupted"};
  const bool late = !hanging_groups_.empty() && std::chrono::steady_clock::now() >= deadline;
  if (!free || late) return base::Error{ErrorCode::kUnavailable, "timed out"};
  return error_;
}

std::vector<base::Result<std::int32_t>> FakeOffsetSource::partition_counts(std::span<const std::string> topics,
                                                                           base::SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  ++counts_.partition_counts;
  const auto error = wait(lock, deadline);
  std::vector<base::Result<std::int32_t>> results;
  for (const auto& topic : topics) {
    if (error) {
      results.emplace_back(std::unexpected(*error));
    } else if (const auto denied = topic_errors_.find(topic); denied != topic_errors_.end()) {
      results.emplace_back(std::unexpected(denied->second));
    } else if (const auto found = topics_.find(topic); found != topics_.end()) {
      results.emplace_back(static_cast<std::int32_t>(found->second.size()));
    } else {
      results.emplace_back(base::fail(ErrorCode::kNotFound, "topic {} does not exist", topic));
    }
  }
  return results;
}

std::vector<base::Result<lag::GroupCommits>> FakeOffsetSource::committed(std::span<const lag::CommittedRequest> groups,
                                                                         base::SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  ++counts_.committed;
  counts_.groups += static_cast<int>(groups.size());
  const auto error = wait(lock, deadline);
  if (per_group_ > std::chrono::microseconds(0))
    changed_.wait_for(lock, per_group_ * groups.size(), [this] { return interrupted_; });
  const auto hangs = [this](const auto& request) { return hanging_groups_.contains(request.group); };
  if (std::ranges::any_of(groups, hangs)) changed_.wait_until(lock, deadline, [this] { return interrupted_; });
  std::vector<base::Result<lag::GroupCommits>> results;
  for (const auto& request : groups) {
    asked_of_ = request.known.told_by;
    auto commits = error ? base::Result<lag::GroupOffsets>(std::unexpected(*error)) : commits_of(request);
    auto& answer = results.emplace_back(std::move(commits));
    if (!answer) continue;
    answer->mark = mark_of(*answer->offsets);
    answer->mark.told_by = told_by_;
    if (answer->mark != request.known) continue;
    answer->offsets.reset();
    ++counts_.unchanged;
  }
  return results;
}

base::Result<lag::GroupOffsets> FakeOffsetSource::commits_of(const lag::CommittedRequest& request) const {
  const std::string name(request.group);
  if (hanging_groups_.contains(name)) return base::fail(ErrorCode::kUnavailable, "timed out");
  if (const auto denied = group_errors_.find(name); denied != group_errors_.end()) {
    return std::unexpected(denied->second);
  }
  lag::GroupOffsets commits = lag::nothing_committed(request);
  const auto group = commits_.find(name);
  if (group == commits_.end()) return commits;
  for (const auto& [topic, partitions] : group->second)
    lag::note_commits(request, topic, partitions, commits);
  return commits;
}

std::vector<std::vector<base::Result<lag::Offset>>> FakeOffsetSource::log_offsets(
    std::span<const lag::LogOffsetRequest> topics, lag::LogPosition position, base::SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  ++counts_.log_offsets;
  if (position == lag::LogPosition::kStart) ++counts_.log_starts;
  const auto error = wait(lock, deadline);
  std::vector<std::vector<base::Result<lag::Offset>>> results;
  for (const auto& request : topics) {
    auto& answers = results.emplace_back();
    for (const auto partition : request.partitions) {
      ++counts_.partitions;
      if (error) {
        answers.emplace_back(std::unexpected(*error));
      } else {
        answers.push_back(offset_of(request.topic, partition, position));
      }
    }
  }
  return results;
}

base::Result<lag::Offset> FakeOffsetSource::offset_of(const std::string& topic, std::int32_t partition,
                                                      lag::LogPosition position) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end() || static_cast<std::size_t>(partition) >= found->second.size()) {
    return base::fail(ErrorCode::kNotFound, "topic {} has no partition {}", topic, partition);
  }
  const Partition& entry = found->second[static_cast<std::size_t>(partition)];
  switch (position) {
    case lag::LogPosition::kStart:
      if (start_error_) return std::unexpected(*start_error_);
      return entry.start;
    case lag::LogPosition::kEnd:
      return entry.end;
    case lag::LogPosition::kHighWatermark:
      return entry.high_watermark;
  }
  return base::fail(ErrorCode::kInternal, "no such position");
}

}  // namespace weir::testing
