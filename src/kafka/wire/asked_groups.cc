#include "kafka/wire/asked_groups.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace weir::kafka::wire {

AskedGroups::AskedGroups(std::span<const lag::CommittedRequest> groups, std::size_t most)
    : groups_(groups), slots_(std::bit_ceil(2 * most + 1)) {
  in_order_.reserve(most);
}

std::size_t AskedGroups::slot_of(std::string_view name) const {
  std::size_t slot = std::hash<std::string_view>()(name) % slots_.size();
  while (slots_[slot] != 0 && groups_[in_order_[slots_[slot] - 1]].group != name)
    slot = (slot + 1) % slots_.size();
  return slot;
}

bool AskedGroups::add(std::size_t index) {
  std::uint32_t& slot = slots_[slot_of(groups_[index].group)];
  if (slot != 0) return false;
  in_order_.push_back(index);
  slot = static_cast<std::uint32_t>(in_order_.size());
  return true;
}

std::optional<std::size_t> AskedGroups::find(std::string_view name, std::size_t place) const {
  if (place < in_order_.size() && groups_[in_order_[place]].group == name) return in_order_[place];
  const auto slot = slots_[slot_of(name)];
  return slot == 0 ? std::nullopt : std::optional(in_order_[slot - 1]);
}

}  // namespace weir::kafka::wire
