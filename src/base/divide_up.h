#pragma once

#include <concepts>

namespace weir::base {

// a / b rounded up; a is at least 0, b at least 1.
template <std::integral Number>
constexpr Number divide_up(Number a, Number b) {
  return a / b + (a % b > 0 ? 1 : 0);
}

}  // namespace weir::base
