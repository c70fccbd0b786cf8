#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/error.h"
#include "rpc/trigger_table.h"

namespace weir::rpc {

// What each namespace uses of its limits. Not thread-safe.
class NamespaceUsage {
 public:
  // kResourceExhausted, saying which limit, unless one more trigger fits.
  base::Result<void> check_trigger(const std::string& ns, const NamespaceLimits& limits) const;
  void add_trigger(const std::string& ns) { ++used_[ns].triggers; }

  base::Result<void> add_stream(const std::string& ns, const NamespaceLimits& limits);
  void remove_stream(const std::string& ns);

  // A trigger that counted `before` partitions now has `now`. Where those do not fit, it counts none and is refused,
  // while triggers that came earlier go on.
  base::Result<void> change_partitions(const std::string& ns, std::int64_t& before, std::int64_t now,
                                       const NamespaceLimits& limits);

  // With the partitions that it counted.
  void remove_trigger(const std::string& ns, std::int64_t partitions);

 private:
  struct Use {
    std::size_t triggers = 0;
    std::size_t streams = 0;
    std::int64_t partitions = 0;
  };
  Use use(const std::string& ns) const;
  void forget_if_unused(const std::string& ns);

  std::map<std::string, Use> used_;
};

}  // namespace weir::rpc
