#include <algorithm>
#include <limits>
#include <utility>

#include "placement/scheduler.h"

// What follows from pods and nodes: which placements are lost, and how many pods there should be.
namespace weir::placement {

bool Scheduler::is_crowded() const {
  const auto [nodes, unready] = pool_.pool_nodes();
  return std::int64_t{unready} * 100 > std::int64_t{nodes} * patience_.most_unready_percent;
}

bool Scheduler::is_held(base::SteadyTime now) {
  if (std::exchange(crowded_, is_crowded()) && !crowded_) crowd_ended_ = now;
  return crowded_ || (hold_until_ && now < *hold_until_);
}

// Nodes that were away together come back one after the other: those that are late have their grace from when most are
// there.
base::SteadyTime Scheduler::unready_since(const Pool::NodeSlot& node) const {
  return crowd_ended_ ? std::max(node.unready_since, *crowd_ended_) : node.unready_since;
}

std::optional<MoveCause> Scheduler::lost(Ordinal ordinal, base::SteadyTime now, bool held) const {
  const Pool::PodSlot& pod = *pool_.pod(ordinal);
  if (pool_.is_away(ordinal)) {
    if (pod.restart_expected && now < *pod.away_since + patience_.restart_grace) return std::nullopt;
    if (!pod.exists) return MoveCause::kPodGone;
    if (pod.pod.terminating) return MoveCause::kPodTerminating;
    return pod.pod.failed ? MoveCause::kPodFailed : MoveCause::kPodWithoutNode;
  }
  if (held || pool_.on_ready_node(ordinal)) return std::nullopt;
  if (now < unready_since(pool_.node(pod.node)) + patience_.node_grace) return std::nullopt;
  return MoveCause::kNodeNotReady;
}

void Scheduler::take_off_lost(base::SteadyTime now, bool held) {
  const std::set<Ordinal> suspects = pool_.suspects();
  for (const Ordinal ordinal : suspects)
    if (const auto cause = lost(ordinal, now, held)) placer_.displace(ordinal, *cause);
}

std::vector<WeakPod> Scheduler::weak_pods(base::SteadyTime now, bool held) const {
  std::vector<WeakPod> weak;
  // Pods that find no node are made up for by others only as long as those others find one.
  const auto last = std::ranges::find_if(pool_.pods().rbegin(), pool_.pods().rend(), &Pool::PodSlot::exists);
  const bool more_would_help = last != pool_.pods().rend() && !last->pod.node.empty();
  for (const Ordinal ordinal : pool_.irregular()) {
    const Pool::PodSlot& pod = *pool_.pod(ordinal);
    if (pool_.is_away(ordinal)) {
      const bool stuck = now >= *pod.away_since + patience_.start_grace;
      if (stuck && (more_would_help || !pod.pod.node.empty())) weak.push_back({ordinal, 0});
    } else if (pool_.on_ready_node(ordinal)) {
      weak.push_back({ordinal, pod.used});
    } else if (!held && now >= unready_since(pool_.node(pod.node)) + patience_.node_grace) {
      weak.push_back({ordinal, 0});
    }
  }
  return weak;
}

void Scheduler::size_pool(base::SteadyTime now, bool held) {
  const auto quota = settings_.max_vreplicas_per_namespace;
  Count needed = pods_needed(quota ? roster_.wanted_within(*quota) : roster_.wanted(), settings_.capacity,
                             weak_pods(now, held), settings_.min_replicas, settings_.max_replicas);
  needed = std::clamp(floor_, needed, std::max(needed, settings_.max_replicas));
  if (!target_ || needed >= *target_) {
    target_ = needed;
    shrink_since_.reset();
    set_limit(needed);
    return;
  }
  if (!shrink_since_) shrink_since_ = now;
  if (held || now < *shrink_since_ + patience_.shrink_cooldown) {
    set_limit(*target_);
    return;
  }
  begin_shrinking(std::min(*target_, std::max(needed, pods_for_spread())));
}

Count Scheduler::pods_for_spread() const {
  // All zones with nodes, not only those with pods: as pods go these would become fewer and fewer.
  const Count most = std::min(pool_.available_zones(), settings_.max_replicas);
  Count spread = 0;
  for (const auto& [key, group] : roster_.all()) {
    if (spread >= most) break;
    if (group->demand.cost <= settings_.capacity) spread = std::max(spread, group->demand.vreplicas);
  }
  return std::min(spread, most);
}

void Scheduler::set_limit(Count limit) {
  if (pool_.limit() == limit) return;
  pool_.set_limit(limit);
  dirty_ = true;
}

void Scheduler::begin_shrinking(Count needed) {
  set_limit(needed);
  // Pods go once they and all behind them are empty.
  Count keep = needed;
  for (Ordinal ordinal = needed; ordinal < static_cast<Ordinal>(pool_.pods().size()); ++ordinal)
    if (pool_.pod(ordinal)->used > 0) keep = ordinal + 1;
  target_ = std::min(*target_, keep);
  if (*target_ == needed) shrink_since_.reset();
}

// What is pending for want of room, or as plugins refuse the pods that there are.
CountByCost Scheduler::more_pods_would_take() const {
  CountByCost pending;
  const NamespaceState* last = nullptr;
  std::int64_t allowance = 0;
  for (const GroupState* group : roster_.lacking()) {
    const bool refused = group->pending == PendingReason::kRefused && group->refused.plugin != "NoMaxResourceCount";
    if (!refused && group->pending != PendingReason::kPoolAtMaximum) continue;
    if (std::exchange(last, group->ns) != group->ns)
      allowance = settings_.max_vreplicas_per_namespace.value_or(std::numeric_limits<Count>::max()) - group->ns->placed;
    const std::int64_t count = std::min<std::int64_t>(group->lacks(), allowance);
    if (count > 0) pending[group->demand.cost] += count;
    allowance -= count;
  }
  return pending;
}

// Pods that were asked for are to come before more are.
bool Scheduler::are_pods_coming(base::SteadyTime now, bool held) const {
  const auto weak = weak_pods(now, held);
  const auto lost = std::ranges::count_if(weak, [&](const WeakPod& pod) { return pod.pod < *target_; });
  return pool_.usable_pods() < *target_ - lost;
}

bool Scheduler::grow_for_pending(base::SteadyTime now, bool held) {
  if (roster_.lacking().empty()) return false;
  const CountByCost pending = more_pods_would_take();
  if (pending.empty()) return false;
  // Pods that were to go are used again before there are more.
  const Count kept = std::min(*target_, settings_.max_replicas);
  if (pool_.limit() < kept) {
    floor_ = std::max(floor_, kept);
    set_limit(kept);
    return true;
  }
  if (are_pods_coming(now, held)) return false;
  const std::int64_t more = pods_needed(pending, settings_.capacity, {}, 0, settings_.max_replicas);
  const auto pods = static_cast<Count>(std::min<std::int64_t>(settings_.max_replicas, *target_ + more));
  floor_ = std::max(floor_, pods);
  if (pods <= *target_) return false;
  target_ = pods;
  set_limit(pods);
  return true;
}

std::optional<base::SteadyTime> Scheduler::next_time(base::SteadyTime now, bool held) const {
  std::optional<base::SteadyTime> next;
  const auto at = [&](base::SteadyTime time) {
    if (time > now && (!next || time < *next)) next = time;
  };
  if (hold_until_) at(*hold_until_);
  if (shrink_since_) at(*shrink_since_ + patience_.shrink_cooldown);
  if (dirty_ && !held && next_cycle_) at(std::max(*next_cycle_, now + std::chrono::milliseconds(1)));
  for (const Ordinal ordinal : pool_.irregular()) {
    const Pool::PodSlot& pod = *pool_.pod(ordinal);
    if (pod.away_since) {
      at(*pod.away_since + patience_.start_grace);
      if (pod.restart_expected) at(*pod.away_since + patience_.restart_grace);
    } else if (!pool_.on_ready_node(ordinal)) {
      at(unready_since(pool_.node(pod.node)) + patience_.node_grace);
    }
  }
  return next;
}

}  // namespace weir::placement
