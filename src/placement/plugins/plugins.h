#pragma once

#include <memory>
#include <optional>

#include "placement/plugin.h"

// Makers of the plugins, one file each; src/placement/plugin_registry.cc knows them by name.
namespace weir::placement::plugins {

// MaxSkew where it is not given.
inline constexpr Count kDefaultSkew = 1;

struct Args {
  std::optional<Count> max_skew;        // MaxSkew
  std::optional<Count> num_partitions;  // NumPartitions
};

using FilterPtr = std::shared_ptr<const Filter>;
using ScorePtr = std::shared_ptr<const Score>;

// Passes a pod with room.
FilterPtr pod_fits_resources(const Args& args);
// Caps the pods of a group at its partitions, or at NumPartitions.
FilterPtr no_max_resource_count(const Args& args);
// Knative's: as a filter no pod may differ from another by more than MaxSkew, as a score the sum of differences.
FilterPtr even_pod_spread_filter(const Args& args);
ScorePtr even_pod_spread(const Args& args);
// Knative's: the sum of differences to all other nodes, or zones.
ScorePtr availability_node(const Args& args);
ScorePtr availability_zone(const Args& args);
// The lower ordinal.
ScorePtr lowest_ordinal(const Args& args);
// Where the group has least. As a filter: at most MaxSkew more than where it has least and there is room.
FilterPtr zone_spread_filter(const Args& args);
ScorePtr zone_spread(const Args& args);
FilterPtr node_spread_filter(const Args& args);
ScorePtr node_spread(const Args& args);
FilterPtr pod_spread_filter(const Args& args);
ScorePtr pod_spread(const Args& args);
// The pod that the virtual replica is on: what stands behind it in a profile is no reason for a move.
ScorePtr stay_in_place(const Args& args);

// For removal: where the group has most.
ScorePtr remove_with_zone_spread(const Args& args);
ScorePtr remove_with_node_spread(const Args& args);
ScorePtr remove_with_pod_spread(const Args& args);
// Knative's: the least sum of differences that would be left.
ScorePtr remove_with_even_pod_spread(const Args& args);
ScorePtr remove_with_availability_node(const Args& args);
ScorePtr remove_with_availability_zone(const Args& args);
ScorePtr remove_with_highest_ordinal(const Args& args);

}  // namespace weir::placement::plugins
