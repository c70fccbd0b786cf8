#include "controller/assignment_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/applied_hash.h"

namespace weir::controller {
namespace {

using kube::Json;
using placement::Count;
using placement::Ordinal;

// Of the document around the entries, and of generation and vreplicas in each.
constexpr std::size_t kFrameBytes = 512;
constexpr std::size_t kNumbersBytes = 48;

}  // namespace

void AssignmentTable::set_pool_uid(const std::string& uid) {
  if (uid == pool_uid_) return;
  pool_uid_ = uid;
  for (const auto& [pod, slot] : slots_)
    dirty_.insert(pod);
}

void AssignmentTable::describe(const kube::ObjectKey& group, Json entry) {
  Entry& known = entries_[group];
  auto digest = applied_hash(entry);
  if (digest == known.digest) return;
  known.digest = std::move(digest);
  known.bytes = entry.dump(-1, ' ', false, Json::error_handler_t::replace).size() + kNumbersBytes;
  known.json = std::move(entry);
  dirty_.insert(known.pods.begin(), known.pods.end());
}

void AssignmentTable::forget(const kube::ObjectKey& group) {
  const auto found = entries_.find(group);
  if (found == entries_.end()) return;
  for (const Ordinal pod : found->second.pods) {
    slots_[pod].wanted.erase(group);
    dirty_.insert(pod);
  }
  entries_.erase(found);
}

void AssignmentTable::put(Ordinal pod, const kube::ObjectKey& group, Count vreplicas) {
  Slot& slot = slots_[pod];
  Entry& entry = entries_[group];
  if (vreplicas > 0) {
    slot.wanted[group] = vreplicas;
    entry.pods.insert(pod);
  } else {
    slot.wanted.erase(group);
    entry.pods.erase(pod);
  }
  dirty_.insert(pod);
}

void AssignmentTable::observe(Ordinal pod, const Assignment& there) {
  const Slot& slot = slots_[pod];
  if (there.uid != slot.known.uid || there.generation >= slot.known.generation) refresh(pod, there);
}

void AssignmentTable::refresh(Ordinal pod, const Assignment& there) {
  Slot& slot = slots_[pod];
  slot.known = there;
  slot.last_generation = std::max(slot.last_generation, there.generation);
  dirty_.insert(pod);
}

void AssignmentTable::lost(Ordinal pod, const std::string& uid) {
  const auto found = slots_.find(pod);
  if (found == slots_.end() || found->second.known.uid != uid) return;
  found->second.known = {};
  dirty_.insert(pod);
}

void AssignmentTable::acknowledged(Ordinal pod, std::int64_t generation) {
  Slot& slot = slots_[pod];
  slot.last_generation = std::max(slot.last_generation, generation);
}

const AssignmentTable::Slot* AssignmentTable::find(Ordinal pod) const {
  const auto found = slots_.find(pod);
  return found == slots_.end() ? nullptr : &found->second;
}

bool AssignmentTable::is_entry_known(const Slot& slot, const kube::ObjectKey& group, Count vreplicas) const {
  const auto there = slot.known.groups.find(group);
  const auto entry = entries_.find(group);
  return there != slot.known.groups.end() && entry != entries_.end() && there->second.vreplicas == vreplicas &&
         there->second.digest == entry->second.digest;
}

bool AssignmentTable::is_stale(const Slot& slot) const {
  if (slot.known.uid.empty() || !slot.known.ours) return !slot.wanted.empty();
  return !slot.known.intact || slot.known.owner != pool_uid_ || slot.known.groups.size() != slot.wanted.size() ||
         !std::ranges::all_of(slot.wanted,
                              [&](const auto& wanted) { return is_entry_known(slot, wanted.first, wanted.second); });
}

bool AssignmentTable::loses(const Slot& slot) {
  return std::ranges::any_of(slot.known.groups, [&](const auto& there) {
    const auto wanted = slot.wanted.find(there.first);
    return wanted == slot.wanted.end() || wanted->second < there.second.vreplicas;
  });
}

std::vector<Ordinal> AssignmentTable::stale() {
  std::erase_if(dirty_, [&](Ordinal pod) { return !is_stale(slots_.at(pod)); });
  return {dirty_.begin(), dirty_.end()};
}

std::vector<Ordinal> AssignmentTable::losing() {
  auto pods = stale();
  std::erase_if(pods, [&](Ordinal pod) { return !loses(slots_.at(pod)); });
  return pods;
}

AssignmentWrite AssignmentTable::write_of(Ordinal pod, bool removals_only) const {
  const Slot& slot = *find(pod);
  const auto generation = std::max(slot.last_generation, slot.known.generation) + 1;
  Json groups = Json::array();
  for (const auto& [key, wanted] : slot.wanted) {
    const auto there = slot.known.groups.find(key);
    const bool is_there = there != slot.known.groups.end();
    if (removals_only && !is_there) continue;
    const Count vreplicas = removals_only ? std::min(wanted, there->second.vreplicas) : wanted;
    Json entry = entries_.at(key).json;
    entry["vreplicas"] = vreplicas;
    entry["generation"] = is_entry_known(slot, key, vreplicas) ? there->second.generation : generation;
    groups.push_back(std::move(entry));
  }
  const AssignmentTarget target{pool_, pool_uid_, fmt::format("{}-{}", pool_.name, pod)};
  return {.pod = pod,
          .create = slot.known.uid.empty(),
          .object = render_assignment(target, generation, std::move(groups), slot.known)};
}

bool AssignmentTable::is_foreign(Ordinal pod) const {
  const Slot* slot = find(pod);
  return slot && !slot->known.uid.empty() && !slot->known.ours;
}

std::size_t AssignmentTable::bytes(Ordinal pod) const {
  std::size_t bytes = kFrameBytes;
  for (const auto& [key, vreplicas] : wanted(pod))
    bytes += entries_.at(key).bytes;
  return bytes;
}

const std::map<kube::ObjectKey, Count>& AssignmentTable::wanted(Ordinal pod) const {
  static const std::map<kube::ObjectKey, Count> nothing;
  const Slot* slot = find(pod);
  return slot ? slot->wanted : nothing;
}

bool AssignmentTable::knows(Ordinal pod, const kube::ObjectKey& group) const {
  const Slot* slot = find(pod);
  return slot && slot->known.groups.contains(group);
}

std::int64_t AssignmentTable::generation(Ordinal pod) const {
  const Slot* slot = find(pod);
  return slot ? slot->known.generation : 0;
}

bool AssignmentTable::is_applied(Ordinal pod, const kube::ObjectKey& group, std::int64_t applied) const {
  const Slot* slot = find(pod);
  if (!slot) return false;
  const auto wanted = slot->wanted.find(group);
  if (wanted == slot->wanted.end() || !is_entry_known(*slot, group, wanted->second)) return false;
  return applied >= slot->known.groups.at(group).generation;
}

}  // namespace weir::controller
