#include "placement/types.h"

#include <numeric>

#include "base/parse.h"

namespace weir::placement {

std::string to_string(const GroupKey& key) {
  return key.ns + "/" + key.name;
}

Count total(const Placements& placements) {
  return std::accumulate(placements.begin(), placements.end(), Count{0},
                         [](Count sum, const Placement& placement) { return sum + placement.vreplicas; });
}

base::Result<Ordinal> parse_pod_name(std::string_view stateful_set, std::string_view pod) {
  const bool prefixed =
      pod.size() > stateful_set.size() + 1 && pod.starts_with(stateful_set) && pod[stateful_set.size()] == '-';
  const std::string_view digits = prefixed ? pod.substr(stateful_set.size() + 1) : std::string_view();
  const auto number = base::parse_int(digits);
  const bool plain = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos &&
                     (digits.size() == 1 || digits.front() != '0');
  if (plain && number && *number <= kMaxOrdinal) return static_cast<Ordinal>(*number);
  return base::fail(base::ErrorCode::kInvalidArgument,
                    "pod \"{}\": must be {}-N, as the pods of StatefulSet {} are named, N at most {}", pod,
                    stateful_set, stateful_set, kMaxOrdinal);
}

}  // namespace weir::placement
