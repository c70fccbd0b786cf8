#include "placement/fair_shares.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace weir::placement {
namespace {

// What everyone gets when claims are filled up to `level` in all.
std::int64_t given_at(std::span<const Claim> claims, std::int64_t level) {
  std::int64_t sum = 0;
  for (const Claim& claim : claims)
    sum += std::clamp<std::int64_t>(level - claim.has, 0, claim.wants);
  return sum;
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

}  // namespace weir::placement
