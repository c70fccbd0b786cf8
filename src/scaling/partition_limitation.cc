#include "scaling/partition_limitation.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/parse.h"

namespace weir::scaling {
namespace {

constexpr std::int64_t kMostPartition = std::numeric_limits<std::int32_t>::max();

// As Go's ParseInt with 32 bits: leading zeros and a plus sign are allowed; a minus never gets here.
std::optional<std::int32_t> parse_partition(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int32_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<PartitionRange> parse_range(std::string_view part) {
  const auto ends = base::split_trimmed(part, '-');
  if (ends.empty() || ends.size() > 2) return std::nullopt;
  const auto first = parse_partition(ends.front());
  const auto last = parse_partition(ends.back());
  if (!first || !last) return std::nullopt;
  return PartitionRange{*first, *last};
}

std::vector<PartitionRange> merged(std::vector<PartitionRange> ranges) {
  std::ranges::sort(ranges);
  std::vector<PartitionRange> result;
  for (const PartitionRange& range : ranges) {
    if (!result.empty() && std::int64_t{range.first} <= std::int64_t{result.back().second} + 1) {
      result.back().second = std::max(result.back().second, range.second);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

}  // namespace

std::expected<std::vector<PartitionRange>, std::string> parse_partition_limitation(std::string_view text) {
  std::vector<PartitionRange> ranges;
  for (const std::string& part : base::split_trimmed(text, ',')) {
    const auto range = parse_range(part);
    if (!range) {
      return std::unexpected(fmt::format(
          "\"{}\" is not a partition or a range; write partitions from 0 to {} such as 0-3,8", part, kMostPartition));
    }
    if (range->first <= range->second) ranges.push_back(*range);
  }
  return merged(std::move(ranges));
}

bool contains(const std::vector<PartitionRange>& ranges, std::int32_t partition) {
  const auto after = std::ranges::upper_bound(ranges, partition, {}, &PartitionRange::first);
  return after != ranges.begin() && partition <= std::prev(after)->second;
}

}  // namespace weir::scaling
