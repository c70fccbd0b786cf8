#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace weir::monitor {

// By namespace.
using Shares = std::map<std::string, std::size_t, std::less<>>;

// Divides `most` among namespaces that want so much each: nobody gets more than they want, and who wants little gets it
// before anybody gets more (max-min fairness). What is wanted, where that is at most `most`.
Shares fair_shares(const Shares& wanted, std::size_t most);

}  // namespace weir::monitor
