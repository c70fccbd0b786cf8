#include "monitor/fair_share.h"

#include <algorithm>
#include <vector>

#include "base/divide_up.h"

namespace weir::monitor {

Shares fair_shares(const Shares& wanted, std::size_t most) {
  std::vector<Shares::const_iterator> by_want;
  for (auto entry = wanted.begin(); entry != wanted.end(); ++entry)
    by_want.push_back(entry);
  std::ranges::stable_sort(by_want, {}, [](const auto& entry) { return entry->second; });
  Shares shares;
  std::size_t left = by_want.size();
  for (const auto& entry : by_want) {
    // Rounded up, so that nobody is left with nothing while there is something.
    const std::size_t share = std::min(entry->second, base::divide_up(most, left));
    shares.emplace(entry->first, share);
    most -= share;
    --left;
  }
  return shares;
}

}  // namespace weir::monitor
