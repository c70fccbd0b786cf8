#include "kafka/wire/coordinators.h"

#include <algorithm>
#include <utility>

namespace weir::kafka::wire {
namespace {

constexpr std::size_t kGroupsPerRequest = 500;
// More would be held for groups that nobody asks for any more.
constexpr std::size_t kMostKept = 200'000;

}  // namespace

std::vector<base::Result<std::int32_t>> Coordinators::find(std::span<const std::string_view> groups,
                                                           base::SteadyTime deadline) {
  std::vector<base::Result<std::int32_t>> results;
  results.reserve(groups.size());
  std::vector<std::size_t> missing;
  for (const std::string_view group : groups) {
    const auto known = nodes_.find(group);
    if (known == nodes_.end()) missing.push_back(results.size());
    results.emplace_back(known == nodes_.end() ? -1 : known->second);
  }
  if (missing.empty()) return results;
  std::vector<std::string> unknown;
  unknown.reserve(missing.size());
  for (const std::size_t index : missing)
    unknown.emplace_back(groups[index]);
  std::ranges::sort(unknown);
  unknown.erase(std::ranges::unique(unknown).begin(), unknown.end());
  if (nodes_.size() + unknown.size() > kMostKept) nodes_.clear();
  const Found asked = ask(unknown, deadline);
  for (const std::size_t index : missing) {
    const std::string group(groups[index]);
    if (const auto known = nodes_.find(group); known != nodes_.end()) {
      results[index] = known->second;
    } else if (const auto found = asked.find(group); found != asked.end()) {
      results[index] = found->second;
    } else {
      results[index] = group_failed(KafkaError::kCoordinatorNotAvailable, group, identity_);
    }
  }
  return results;
}

void Coordinators::forget(std::string_view group, std::int32_t node) {
  if (const auto known = nodes_.find(group); known != nodes_.end() && known->second == node) nodes_.erase(known);
}

void Coordinators::forget_node(std::int32_t node) {
  std::erase_if(nodes_, [node](const auto& known) { return known.second == node; });
}

Coordinators::Found Coordinators::ask(const std::vector<std::string>& groups, base::SteadyTime deadline) {
  Found found;
  const auto connection = network_.any(deadline);
  if (!connection) {
    for (const std::string& group : groups)
      found.emplace(group, std::unexpected(connection.error()));
    return found;
  }
  std::vector<FindCoordinatorResponse> answers;
  for (std::size_t begin = 0; begin < groups.size(); begin += kGroupsPerRequest) {
    const auto end = std::min(groups.size(), begin + kGroupsPerRequest);
    FindCoordinatorRequest request;
    request.groups.assign(groups.begin() + static_cast<std::ptrdiff_t>(begin),
                          groups.begin() + static_cast<std::ptrdiff_t>(end));
    (*connection)->ask(kFindCoordinator, request, [&answers](Reader& in) {
      auto answer = FindCoordinatorResponse::read(in);
      if (!in.failed()) answers.push_back(std::move(answer));
      return !in.failed();
    });
  }
  // Taken in afterwards: where a broker is known to be elsewhere, its connection is closed, perhaps this one.
  const auto errors = network_.run({*connection}, deadline);
  for (const auto& answer : answers)
    take(answer, groups, found);
  for (const auto& [failed, error] : errors)
    for (const std::string& group : groups)
      found.emplace(group, std::unexpected(error));
  return found;
}

// Groups that were not asked for are left out: a broker shall not make us keep what nobody needs.
void Coordinators::take(const FindCoordinatorResponse& answer, const std::vector<std::string>& asked, Found& found) {
  for (const auto& coordinator : answer.coordinators) {
    if (!std::ranges::binary_search(asked, coordinator.group)) continue;
    if (coordinator.error != KafkaError::kNone) {
      found.emplace(coordinator.group, group_failed(coordinator.error, coordinator.group, identity_));
      continue;
    }
    network_.learn(coordinator.node, coordinator.host, coordinator.port);
    nodes_.insert_or_assign(coordinator.group, coordinator.node);
  }
}

}  // namespace weir::kafka::wire
