#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kube/json.h"

namespace weir::kube {

// Cuts the bytes of a watch, which come in pieces of any size, into its events: a JSON document a line.
class WatchDecoder {
 public:
  // `each` answers false when it wants no more.
  explicit WatchDecoder(std::function<bool(Json event)> each) : each_(std::move(each)) {}

  // False when the watch should end: `each` said so, or a line is no JSON.
  bool feed(std::string_view bytes);

  bool broken() const { return broken_; }

 private:
  bool take(std::string_view line);

  std::function<bool(Json event)> each_;
  std::string rest_;
  bool broken_ = false;
};

}  // namespace weir::kube
