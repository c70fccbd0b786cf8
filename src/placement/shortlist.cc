#include "placement/shortlist.h"

#include <algorithm>

namespace weir::placement {
namespace {

constexpr std::pair<Ordinal, NodeId> kPastTheLast{kMaxOrdinal + 1, kNoNode};

PodLines::Kind kind_of(const Tally& tally, Ordinal pod) {
  const Pool& pool = tally.pool();
  return {.usable = pool.pod(pod)->usable,
          .zone = pool.zone_of(pod),
          .on_node = tally.on_node(pool.node_of(pod)),
          .on_pod = tally.on_pod(pod)};
}

bool has_kind(const PodLines::Places& places, const PodLines::Kind& kind) {
  return std::ranges::find(places, kind, &std::pair<PodLines::Kind, Ordinal>::first) != places.end();
}

}  // namespace

void PodLines::set(NodeId node, Places places) {
  Places& before = of_node_[node];
  if (before == places) return;
  for (const auto& [kind, pod] : before) {
    const auto line = lines_.find(kind);
    line->second.erase(pod);
    if (line->second.empty()) lines_.erase(line);
  }
  for (const auto& [kind, pod] : places)
    lines_[kind].insert(pod);
  before = std::move(places);
}

PlaceShortlist::PlaceShortlist(const Profile& profile, const Tally& tally)
    : profile_(profile), tally_(tally), untouched_(tally.pool().zones().size(), {-1, kNoNode}) {
  for (const NodeId node : tally.nodes())
    refresh_node(node);
}

void PlaceShortlist::refresh_node(NodeId node) {
  if (node == kNoNode) return;
  PodLines::Places places;
  // Of each kind the lowest ordinal will do.
  for (const Ordinal pod : tally_.open().on_node(node))
    if (const auto kind = kind_of(tally_, pod); !has_kind(places, kind)) places.emplace_back(kind, pod);
  lines_.set(node, std::move(places));
}

std::optional<Choice> PlaceShortlist::best_pod(Ordinal current) {
  std::vector<Ordinal> pods;
  for (const auto& [kind, line] : lines_.all())
    pods.push_back(*line.begin());
  // Nodes that come to have some of the group never come to be without, and the others stay in their order.
  for (std::size_t id = 0; id < untouched_.size(); ++id) {
    const auto& open = tally_.open().in_zone(static_cast<ZoneId>(id));
    auto at = open.lower_bound(untouched_[id]);
    while (at != open.end() && tally_.has_touched_node(at->second))
      ++at;
    untouched_[id] = at == open.end() ? kPastTheLast : *at;
    if (at != open.end()) pods.push_back(at->first);
  }
  if (tally_.is_open(current)) pods.push_back(current);
  return best_of(profile_, tally_, pods, current);
}

LeaveShortlist::LeaveShortlist(const Profile& profile, const Tally& tally) : profile_(profile), tally_(tally) {
  for (const Ordinal pod : tally.pods())
    holders_[tally.pool().node_of(pod)].push_back(pod);
  for (auto& [node, pods] : holders_) {
    std::ranges::sort(pods, std::ranges::greater());
    refresh_node(node);
  }
}

void LeaveShortlist::refresh_node(NodeId node) {
  PodLines::Places places;
  // Of each kind the highest ordinal will do.
  for (const Ordinal pod : holders_[node])
    if (const auto kind = kind_of(tally_, pod); kind.on_pod > 0 && !has_kind(places, kind))
      places.emplace_back(kind, pod);
  lines_.set(node, std::move(places));
}

Ordinal LeaveShortlist::pod_to_leave() const {
  std::vector<Ordinal> pods;
  for (const auto& [kind, line] : lines_.all())
    pods.push_back(*line.rbegin());
  return placement::pod_to_leave(profile_, tally_, pods);
}

}  // namespace weir::placement
