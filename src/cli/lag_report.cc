#include "cli/lag_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/divide_up.h"

namespace weir::cli {
namespace {

using lag::LagDescription;
using nlohmann::json;

constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kPlain = "\x1b[0m";

// Words for the reasons that need some, by the names of lag::LagReason and scaling::DecisionReason.
const std::map<std::string_view, std::string_view>& partition_words() {
  static const std::map<std::string_view, std::string_view> words{
      {"no_commit_latest", "the group has no commit; counts 1, so that a consumer starts and commits"},
      {"no_commit_earliest", "the group has no commit; counts the whole log"},
      {"no_commit_ignored", "the group has no commit; counts nothing (scaleToZeroOnInvalidOffset)"},
      {"before_log_start", "committed records were deleted; counts from the log start"},
      {"beyond_end", "committed beyond the end, a recreated topic; counts by offsetResetPolicy"},
      {"persistent", "stuck; left out of the metric, not of activity (excludePersistentLag)"},
      {"lso", "nothing to read before an open transaction"}};
  return words;
}

std::string_view decision_words(std::string_view reason) {
  static const std::map<std::string_view, std::string_view> words{
      {"lag", "the lag"},
      {"partition_cap", "cut to what the partitions can keep busy"},
      {"partitions_with_lag", "cut to the partitions that have lag"},
      {"even_distribution", "raised so that replicas divide the partitions"},
      {"min_scale", "raised to minScale"},
      {"max_scale", "cut to maxScale"},
      {"headroom", "doubled, so that the HPA's tolerance does not hold it below hpaMaxReplicas"}};
  const auto found = words.find(reason);
  return found == words.end() ? reason : found->second;
}

std::string shown(const std::optional<lag::Offset>& offset) {
  return offset ? fmt::to_string(*offset) : "-";
}

struct Row {
  std::array<std::string, 7> cells;
  bool behind = false;
};

std::vector<Row> rows_of(const LagDescription& description) {
  std::vector<Row> rows{{{"TOPIC", "PARTITION", "COMMITTED", "START", "END", "LAG", "REASON"}, false}};
  for (const auto& topic : description.topics) {
    for (const auto& partition : topic.partitions) {
      rows.push_back(
          {{topic.topic, fmt::to_string(partition.partition), shown(partition.committed), shown(partition.log_start),
            shown(partition.log_end), fmt::to_string(partition.lag), partition.reason},
           partition.lag > 0 || partition.activity_lag > 0});
    }
  }
  return rows;
}

// Texts to the left, numbers to the right.
std::string aligned(const std::vector<Row>& rows, bool colours) {
  std::array<std::size_t, 7> width{};
  for (const Row& row : rows)
    for (std::size_t column = 0; column < width.size(); ++column)
      width[column] = std::max(width[column], row.cells[column].size());
  std::string text;
  for (const Row& row : rows) {
    const bool marked = colours && row.behind;
    text += fmt::format("{}{:<{}}", marked ? kYellow : "", row.cells[0], width[0]);
    for (std::size_t column = 1; column + 1 < width.size(); ++column)
      text += fmt::format("  {:>{}}", row.cells[column], width[column]);
    text += fmt::format("  {}{}\n", row.cells.back(), marked ? kPlain : "");
  }
  return text;
}

std::string legend(const LagDescription& description) {
  std::map<std::string_view, int> seen;
  for (const auto& topic : description.topics)
    for (const auto& partition : topic.partitions)
      ++seen[partition.reason];
  std::string text;
  for (const auto& [reason, count] : seen) {
    const auto words = partition_words().find(reason);
    if (words != partition_words().end()) text += fmt::format("  {}: {}\n", reason, words->second);
  }
  return text;
}

std::string replicas_text(const LagDescription& d) {
  if (!d.active) return "0: KEDA scales to minReplicaCount after the cooldown";
  const std::int64_t wanted = d.target > 0 ? base::divide_up(d.metric_value, d.target) : 0;
  std::string text =
      fmt::format("{} = metric {} / target {}, rounded up", d.desired_replicas, d.metric_value, d.target);
  if (d.desired_replicas < wanted) text += ", at most hpaMaxReplicas";
  if (d.desired_replicas > wanted) text += ", at least 1 while active";
  return text;
}

std::string utc_text(base::SystemTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

json json_or_null(const std::optional<lag::Offset>& offset) {
  return offset ? json(*offset) : json(nullptr);
}

}  // namespace

std::string lag_table(const LagDescription& d, bool colours) {
  const auto rows = rows_of(d);
  std::string text =
      rows.size() > 1 ? aligned(rows, colours) : fmt::format("group {} has no partitions to count\n", d.group);
  text += legend(d);
  const auto with_lag = std::ranges::count_if(rows, [](const Row& row) { return row.behind; });
  text += fmt::format("\ngroup     {}, {} partitions, {} with lag, at {}\n", d.group, rows.size() - 1, with_lag,
                      utc_text(d.snapshot_time));
  text += fmt::format("lag       {}\n", d.total_lag);
  text += fmt::format("metric    {}: {} ({})\n", d.metric_name, d.metric_value, decision_words(d.decision_reason));
  text += fmt::format("active    {}\n", d.active ? "yes" : "no");
  text += fmt::format("replicas  {}\n", replicas_text(d));
  if (!d.refresh_error.empty()) text += fmt::format("stale     the last refresh failed: {}\n", d.refresh_error);
  return text;
}

json lag_json(const LagDescription& d) {
  json partitions = json::array();
  for (const auto& topic : d.topics) {
    for (const auto& partition : topic.partitions) {
      partitions.push_back({{"topic", topic.topic},
                            {"partition", partition.partition},
                            {"committed", json_or_null(partition.committed)},
                            {"logStart", json_or_null(partition.log_start)},
                            {"logEnd", json_or_null(partition.log_end)},
                            {"highWatermark", json_or_null(partition.high_watermark)},
                            {"lag", partition.lag},
                            {"activityLag", partition.activity_lag},
                            {"reason", partition.reason}});
    }
  }
  return {{"group", d.group},
          {"partitions", std::move(partitions)},
          {"lag", d.total_lag},
          {"activityLag", d.activity_lag},
          {"metricName", d.metric_name},
          {"metric", d.metric_value},
          {"target", d.target},
          {"active", d.active},
          {"desiredReplicas", d.desired_replicas},
          {"reason", d.decision_reason},
          {"snapshotTime", utc_text(d.snapshot_time)},
          {"refreshError", d.refresh_error.empty() ? json(nullptr) : json(d.refresh_error)},
          {"session", d.session}};
}

}  // namespace weir::cli
