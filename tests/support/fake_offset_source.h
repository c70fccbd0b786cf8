#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "lag/offset_source.h"

namespace weir::testing {

// A cluster in memory behind the interface of a Kafka session: topics, groups, errors, and a gate that makes it hang.
// Thread-safe.
class FakeOffsetSource final : public lag::OffsetSource {
 public:
  struct Partition {
    lag::Offset start = 0, end = 0, high_watermark = 0;
  };
  // How often each call was made, and of how many entries in all.
  struct Counts {
    int partition_counts = 0, committed = 0, groups = 0, log_offsets = 0, partitions = 0, log_starts = 0;
    int unchanged = 0;  // groups whose commits the caller had
  };

  explicit FakeOffsetSource(std::string name = "fake", bool read_committed = false)
      : name_(std::move(name)), read_committed_(read_committed) {}

  void topic(const std::string& topic, std::vector<Partition> partitions);
  void end(const std::string& topic, std::int32_t partition, lag::Offset end);
  void commit(const std::string& group, const std::string& topic, std::int32_t partition, lag::Offset offset);
  // Every call, one group's or one topic's calls fail with this; none: they work again.
  void fail(std::optional<base::Error> error);
  void fail_group(const std::string& group, std::optional<base::Error> error);
  void fail_topic(const std::string& topic, std::optional<base::Error> error);
  // Every log start fails with this.
  void fail_starts(std::optional<base::Error> error);
  // Which broker committed() says that told it.
  void told_by(std::int32_t broker);
  // Whom the last of the groups asked for was to be asked of first.
  std::int32_t asked_of() const;
  // How long committed() takes for each group.
  void take_per_group(std::chrono::microseconds time);
  // While hanging, calls wait until their deadline, go_on() or interrupt(). Of one group: committed() alone does, and
  // answers the others.
  void hang();
  void hang_group(const std::string& group);
  void go_on();
  Counts counts() const;

  // What a watch was told last to watch; none: there is none.
  std::optional<std::vector<lag::LogEnd>> watched() const;
  // Has the watch tell this.
  void move(const std::vector<lag::LogEndMove>& moves);

  std::vector<base::Result<std::int32_t>> partition_counts(std::span<const std::string> topics,
                                                           base::SteadyTime deadline) override;
  std::vector<base::Result<lag::GroupCommits>> committed(std::span<const lag::CommittedRequest> groups,
                                                         base::SteadyTime deadline) override;
  std::vector<std::vector<base::Result<lag::Offset>>> log_offsets(std::span<const lag::LogOffsetRequest> topics,
                                                                  lag::LogPosition position,
                                                                  base::SteadyTime deadline) override;
  std::unique_ptr<lag::LogEndWatch> watch_log_ends(const lag::LogEndListener& listener) override;
  void interrupt() override;
  bool read_committed() const override { return read_committed_; }
  std::string name() const override { return name_; }

 private:
  std::optional<base::Error> wait(std::unique_lock<std::mutex>& lock, base::SteadyTime deadline);
  base::Result<lag::GroupOffsets> commits_of(const lag::CommittedRequest& request) const;
  base::Result<lag::Offset> offset_of(const std::string& topic, std::int32_t partition,
                                      lag::LogPosition position) const;

  const std::string name_;
  const bool read_committed_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::chrono::microseconds per_group_{0};
  std::int32_t told_by_ = -1, asked_of_ = -1;
  bool hanging_ = false, interrupted_ = false;
  std::optional<base::Error> error_, start_error_;
  std::map<std::string, base::Error> group_errors_, topic_errors_;
  std::set<std::string, std::less<>> hanging_groups_;
  std::map<std::string, std::vector<Partition>> topics_;
  std::map<std::string, std::map<std::string, std::map<std::int32_t, lag::Offset>>> commits_;
  Counts counts_;
  class Watch;
  std::optional<std::vector<lag::LogEnd>> watched_;
  lag::LogEndListener moved_;
};

}  // namespace weir::testing
