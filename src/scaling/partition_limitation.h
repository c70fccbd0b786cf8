#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::scaling {

// Partitions [first, last], both included.
using PartitionRange = std::pair<std::int32_t, std::int32_t>;

// Reads a partitionLimitation such as `0-3, 8` into ascending, disjoint ranges. A range that ends before it starts
// holds no partition, as in KEDA, so the list may be empty. The error says which part is wrong and what to write.
std::expected<std::vector<PartitionRange>, std::string> parse_partition_limitation(std::string_view text);

// Whether one of the ascending, disjoint `ranges` holds `partition`.
bool contains(const std::vector<PartitionRange>& ranges, std::int32_t partition);

}  // namespace weir::scaling
