#include "controller/pool_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/pool_objects.h"

namespace weir::controller {
namespace {

using base::SteadyTime;
using placement::Count;
using placement::Ordinal;

// Each makes room on a pod whose assignment has grown too large; what is left then is decided another time.
constexpr int kMostRounds = 20;

placement::GroupKey group_key(const kube::ObjectKey& key) {
  return {key.ns, key.name};
}

std::string node_of(const kube::ObjectPtr& pod) {
  return pod ? kube::text_at(*pod, "/spec/nodeName") : std::string();
}

}  // namespace

PoolState::PoolState(kube::ObjectKey pool, placement::Profile profile, placement::Patience patience)
    : pool_(std::move(pool)), scheduler_(std::move(profile), patience), assignments_(pool_) {}

std::string PoolState::pod_name(Ordinal ordinal) const {
  return fmt::format("{}-{}", pool_.name, ordinal);
}

std::optional<Ordinal> PoolState::ordinal_of(const kube::ObjectKey& pod) const {
  if (pod.ns != pool_.ns) return std::nullopt;
  const auto ordinal = placement::parse_pod_name(pool_.name, pod.name);
  return ordinal ? std::optional(*ordinal) : std::nullopt;
}

bool PoolState::set_stateful_set(const kube::ObjectPtr& stateful_set, SteadyTime now) {
  stateful_set_ = stateful_set;
  auto read = read_pool_settings(*stateful_set);
  const auto problem = std::exchange(problem_, read ? std::string() : read.error().message);
  const bool first = !settings_ && read;
  const bool changed = first || (read && *read != *settings_);
  if (read) settings_ = *std::move(read);
  scheduler_.set_pool(settings_.value_or(PoolSettings()).placement,
                      read_stateful_set(*stateful_set, settled_template_));
  if (is_observed(*stateful_set)) settled_template_ = template_of(*stateful_set);
  assignments_.set_pool_uid(kube::uid_of(*stateful_set));
  for (const auto& [name, node] : nodes_)
    tell_node(name, now);
  for (auto& [key, group] : groups_) {
    if (changed) admit(key, group, now);
    if (changed || problem != problem_) unreported_.insert(key);
  }
  return problem != problem_;
}

void PoolState::set_pod(const kube::ObjectKey& key, const kube::ObjectPtr& pod, SteadyTime now) {
  const auto ordinal = ordinal_of(key);
  if (!ordinal) return;
  const bool ours = pod && stateful_set_of(*pod) == pool_;
  PodState& state = pods_[*ordinal];
  const auto before = node_of(state.object), node = ours ? node_of(pod) : std::string();
  state.object = ours ? pod : nullptr;
  state.ready = ours && is_ready(*pod);
  state.applied = ours ? applied_generation(*pod) : 0;
  if (before != node) {
    if (!before.empty() && --pods_on_[before] == 0) pods_on_.erase(before);
    if (!node.empty() && pods_on_[node]++ == 0) tell_node(node, now);
  }
  assignments_.acknowledged(*ordinal, state.applied);
  tell_pod(*ordinal, state, now);
  if (before != node && !before.empty()) tell_node(before, now);
  report_groups_on(*ordinal);
}

void PoolState::tell_pod(Ordinal ordinal, const PodState& pod, SteadyTime now) {
  if (!pod.object) return scheduler_.remove_pod(ordinal, now);
  auto told = read_pod(*pod.object, ordinal);
  told.full = pod.full;
  scheduler_.set_pod(told, now);
}

void PoolState::set_node(const std::string& name, const kube::ObjectPtr& node, SteadyTime now) {
  if (node)
    nodes_[name] = node;
  else
    nodes_.erase(name);
  tell_node(name, now);
}

// Nodes that no pod of the pool could come to are no reason to keep pods for their zones.
void PoolState::tell_node(const std::string& name, SteadyTime now) {
  const auto found = nodes_.find(name);
  const bool counts =
      found != nodes_.end() && stateful_set_ && (pods_on_.contains(name) || may_carry(*found->second, *stateful_set_));
  if (counts) {
    scheduler_.set_node(read_node(*found->second), now);
    told_nodes_.insert(name);
  } else if (told_nodes_.erase(name) > 0) {
    scheduler_.remove_node(name, now);
  }
}

void PoolState::set_group(const kube::ObjectKey& key, const kube::ObjectPtr& object, SteadyTime now) {
  const auto found = groups_.find(key);
  const bool gone = !object || kube::is_deleting(*object);
  const bool another = object && found != groups_.end() && kube::uid_of(*found->second.object) != kube::uid_of(*object);
  if (found != groups_.end() && (gone || another)) {
    dismiss(key, found->second);
    groups_.erase(found);
    unreported_.erase(key);
  }
  if (gone) return;
  Group& group = groups_[key];
  group.object = object;
  admit(key, group, now);
}

void PoolState::admit(const kube::ObjectKey& key, Group& group, SteadyTime now) {
  const bool allowed = settings_ && may_use(*settings_, pool_, key.ns);
  if (allowed != group.allowed || !group.scheduled) unreported_.insert(key);
  group.allowed = allowed || !settings_;
  if (!allowed) return dismiss(key, group);
  // What its status has not accepted yet is not placed.
  if (!kube::at(*group.object, "/status/replicas").is_number_integer()) return;
  assignments_.describe(key, assignment_entry(*group.object));
  if (group.outcome) unreported_.insert(key);
  if (!std::exchange(group.scheduled, true))
    scheduler_.restore(group_key(key), read_placements(*group.object, pool_.name), now);
  scheduler_.set_group(group_key(key), read_demand(*group.object));
}

void PoolState::dismiss(const kube::ObjectKey& key, Group& group) {
  if (!std::exchange(group.scheduled, false)) return;
  scheduler_.remove_group(group_key(key));
  if (group.outcome)
    for (const auto& placed : group.outcome->placements)
      touched_.insert(placed.pod);
  assignments_.forget(key);
  group.outcome.reset();
}

void PoolState::set_assignment(const kube::ObjectKey& key, const kube::ObjectPtr& before, const kube::ObjectPtr& now) {
  const auto ordinal = ordinal_of(key);
  if (!ordinal) return;
  if (now)
    assignments_.observe(*ordinal, read_assignment(*now));
  else if (before)
    assignments_.lost(*ordinal, kube::uid_of(*before));
  report_groups_on(*ordinal);
}

std::vector<placement::Step> PoolState::decide(SteadyTime now) {
  std::vector<placement::Step> steps;
  if (!stateful_set_ || !settings_) return steps;
  for (int round = 0; round < kMostRounds; ++round) {
    auto decision = scheduler_.run(now);
    std::ranges::move(decision.steps, std::back_inserter(steps));
    for (const auto& outcome : decision.groups)
      take(outcome);
    replicas_ = decision.pool_replicas;
    next_ = decision.next;
    held_ = decision.held;
    if (!settle_sizes(now)) break;
  }
  return steps;
}

void PoolState::take(const placement::GroupOutcome& outcome) {
  const kube::ObjectKey key{outcome.key.ns, outcome.key.name};
  const auto found = groups_.find(key);
  if (found == groups_.end()) return;
  Group& group = found->second;
  std::map<Ordinal, Count> wanted;
  if (group.outcome)
    for (const auto& placed : group.outcome->placements)
      wanted[placed.pod] = 0;
  for (const auto& placed : outcome.placements)
    wanted[placed.pod] = placed.vreplicas;
  for (const auto& [pod, vreplicas] : wanted) {
    assignments_.put(pod, key, vreplicas);
    touched_.insert(pod);
  }
  group.outcome = outcome;
  unreported_.insert(key);
}

// Whether another run has something to decide for it.
bool PoolState::settle_sizes(SteadyTime now) {
  bool again = false;
  for (const Ordinal pod : std::exchange(touched_, {})) {
    PodState& state = pods_[pod];
    const auto bytes = assignments_.bytes(pod);
    const bool full = bytes >= (state.full ? kRoomBytes : kFullBytes);
    if (full != std::exchange(state.full, full)) {
      tell_pod(pod, state, now);
      again = true;
    }
    if (bytes <= kMostBytes) continue;
    relieve(pod, now);
    again = true;
  }
  return again;
}

// Takes groups that are new there off again, as the scheduler does not know how large they are.
void PoolState::relieve(Ordinal pod, SteadyTime now) {
  const auto wanted = assignments_.wanted(pod);
  for (auto at = wanted.rbegin(); at != wanted.rend() && assignments_.bytes(pod) > kFullBytes; ++at) {
    const kube::ObjectKey& key = at->first;
    if (assignments_.knows(pod, key)) continue;
    Group& group = groups_.at(key);
    std::erase_if(group.outcome->placements, [&](const auto& placed) { return placed.pod == pod; });
    assignments_.put(pod, key, 0);
    scheduler_.remove_group(group_key(key));
    scheduler_.restore(group_key(key), group.outcome->placements, now);
    scheduler_.set_group(group_key(key), read_demand(*group.object));
  }
}

std::optional<Count> PoolState::replicas_to_write() const {
  if (!stateful_set_ || !replicas_ || kube::is_deleting(*stateful_set_)) return std::nullopt;
  return kube::int_at(*stateful_set_, "/spec/replicas", 1) == *replicas_ ? std::nullopt : replicas_;
}

}  // namespace weir::controller
