#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "placement/pool_size.h"

namespace weir::placement {

// One that wants more, and what it has already.
struct Claim {
  Count has = 0;
  Count wants = 0;  // more than it has
  Count cost = 1;   // of one, where costs differ
};

// Shares `room` out so that those with least come first: nobody gets one more while somebody with less, who still wants
// some, has not. Of equals the earlier claim gets the odd one. One share for each claim, by its index.
std::vector<Count> fair_shares(std::span<const Claim> claims, std::int64_t room);

// The claims of a namespace, and how much more all of them may get.
struct NamespaceClaims {
  std::vector<Claim> groups;
  std::int64_t has = 0;
  std::optional<std::int64_t> allowance = std::nullopt;
};

// The room for claims of different costs.
struct CostRoom {
  std::int64_t units = 0;
  CountByCost places;  // for so many of a cost there is room, were there no others
};

// The same between namespaces first, and then between the groups of each.
std::vector<std::vector<Count>> fair_shares(std::span<const NamespaceClaims> namespaces, std::int64_t room);

// The same where costs differ. Whoever costs more than there is room left for gets no more, and the others go on. Takes
// time by what is given.
std::vector<std::vector<Count>> fair_shares_by_cost(std::span<const NamespaceClaims> namespaces, CostRoom room);

}  // namespace weir::placement
