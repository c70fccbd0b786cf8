#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lag/offset_source.h"

namespace weir::kafka::wire {

// Which of many groups one request asks about, each name once: its answer is known by that. In one piece of memory, as
// there are thousands of groups a second. `groups` are the caller's to keep.
class AskedGroups {
 public:
  AskedGroups(std::span<const lag::CommittedRequest> groups, std::size_t most);

  // False where a group of that name is there already. At most `most` are added.
  bool add(std::size_t index);
  // By its name and its place in the answer: brokers answer in the order of the request, which is quicker to follow
  // than to look up.
  std::optional<std::size_t> find(std::string_view name, std::size_t place) const;

 private:
  // That of the name, or the free one where it belongs.
  std::size_t slot_of(std::string_view name) const;

  std::span<const lag::CommittedRequest> groups_;
  std::vector<std::size_t> in_order_;
  std::vector<std::uint32_t> slots_;  // places in in_order_ + 1, by the hash of the name; 0: free
};

}  // namespace weir::kafka::wire
