#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/conditions.h"
#include "kube/json.h"
#include "placement/types.h"

namespace weir::controller {

// What a pool has to say of a group, for its status.
struct PlacementReport {
  struct Place {
    std::string pod;
    placement::Count vreplicas = 0;
    std::string zone;  // empty: unknown

    bool operator==(const Place&) const = default;
  };
  struct Placed {
    std::vector<Place> places;  // by ordinal
    std::int64_t ready = 0;     // virtual replicas that run

    bool operator==(const Placed&) const = default;
  };

  std::optional<Placed> placed;  // none: what status holds stands
  Condition scheduled;

  bool operator==(const PlacementReport&) const = default;
};

inline constexpr const char* kScheduled = "Scheduled";  // the type of that condition

// Of a group whose placements cannot be told.
PlacementReport unplaced_report(ConditionStatus status, std::string reason, std::string message);
// Of a group that its pool has not looked at yet.
PlacementReport undecided_report();

// The last word of the pools on each group. Thread-safe.
class PlacementBook {
 public:
  // Whether that is news.
  bool put(const kube::ObjectKey& group, PlacementReport report);
  void forget(const kube::ObjectKey& group);
  std::optional<PlacementReport> find(const kube::ObjectKey& group) const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::map<kube::ObjectKey, PlacementReport> reports_;
};

}  // namespace weir::controller
