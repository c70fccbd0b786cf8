#include "placement/fair_shares.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <queue>

namespace weir::placement {
namespace {

// What everyone gets when claims are filled up to `level` in all.
std::int64_t given_at(std::span<const Claim> claims, std::int64_t level) {
  std::int64_t sum = 0;
  for (const Claim& claim : claims)
    sum += std::clamp<std::int64_t>(level - claim.has, 0, claim.wants);
  return sum;
}

// Those that wait for one more: who has least first, of equals the earlier.
using Waiting = std::pair<std::int64_t, std::size_t>;
using Line = std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>>;

Line line_of(std::span<const Claim> claims) {
  Line line;
  for (std::size_t i = 0; i < claims.size(); ++i)
    if (claims[i].wants > 0) line.emplace(claims[i].has, i);
  return line;
}

bool take(CostRoom& room, Count cost) {
  std::int64_t& places = room.places[cost];
  if (places <= 0 || room.units < cost) return false;
  --places;
  room.units -= cost;
  return true;
}

// Gives one more to the first in line for whom there is room; those before it leave. False: to nobody.
bool give_one(std::span<const Claim> claims, Line& line, std::vector<Count>& shares, CostRoom& room) {
  while (!line.empty()) {
    const auto [has, claim] = line.top();
    line.pop();
    if (!take(room, claims[claim].cost)) continue;
    if (++shares[claim] < claims[claim].wants) line.emplace(has + 1, claim);
    return true;
  }
  return false;
}

}  // namespace

std::vector<Count> fair_shares(std::span<const Claim> claims, std::int64_t room) {
  std::int64_t low = 0, high = std::int64_t{2} * std::numeric_limits<Count>::max();
  // The highest level that the room suffices for.
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (given_at(claims, middle) <= room) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  std::int64_t left = room;
  std::vector<Count> shares;
  for (const Claim& claim : claims) {
    shares.push_back(static_cast<Count>(std::clamp<std::int64_t>(low - claim.has, 0, claim.wants)));
    left -= shares.back();
  }
  for (std::size_t i = 0; i < claims.size() && left > 0; ++i) {
    if (claims[i].has > low || shares[i] == claims[i].wants) continue;
    ++shares[i];
    --left;
  }
  return shares;
}

std::vector<std::vector<Count>> fair_shares(std::span<const NamespaceClaims> namespaces, std::int64_t room) {
  const auto clamped = [](std::int64_t count) {
    return static_cast<Count>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<Count>::max()));
  };
  std::vector<Claim> claims;
  for (const NamespaceClaims& ns : namespaces) {
    const std::int64_t wants = std::accumulate(ns.groups.begin(), ns.groups.end(), std::int64_t{0},
                                               [](std::int64_t sum, const Claim& claim) { return sum + claim.wants; });
    claims.push_back({clamped(ns.has), clamped(std::min(wants, ns.allowance.value_or(wants)))});
  }
  const std::vector<Count> of_namespaces = fair_shares(claims, room);
  std::vector<std::vector<Count>> shares;
  shares.reserve(namespaces.size());
  for (std::size_t i = 0; i < namespaces.size(); ++i)
    shares.push_back(fair_shares(namespaces[i].groups, of_namespaces[i]));
  return shares;
}

std::vector<std::vector<Count>> fair_shares_by_cost(std::span<const NamespaceClaims> namespaces, CostRoom room) {
  std::vector<std::vector<Count>> shares;
  std::vector<Line> lines;
  std::vector<std::int64_t> allowances;
  Line waiting;
  for (std::size_t i = 0; i < namespaces.size(); ++i) {
    const NamespaceClaims& ns = namespaces[i];
    shares.emplace_back(ns.groups.size());
    lines.push_back(line_of(ns.groups));
    allowances.push_back(ns.allowance.value_or(std::numeric_limits<std::int64_t>::max()));
    if (allowances[i] > 0) waiting.emplace(ns.has, i);
  }
  while (!waiting.empty()) {
    const auto [has, ns] = waiting.top();
    waiting.pop();
    if (give_one(namespaces[ns].groups, lines[ns], shares[ns], room) && --allowances[ns] > 0)
      waiting.emplace(has + 1, ns);
  }
  return shares;
}

}  // namespace weir::placement
