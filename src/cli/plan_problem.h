#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/check.h"
#include "placement/profile.h"
#include "placement/scheduler.h"

namespace weir::cli {

struct PlanNode {
  placement::Node node;
  std::chrono::milliseconds since{0};  // how long it has been not ready
};

struct PlanPod {
  placement::Pod pod;
  bool gone = false;
  std::chrono::milliseconds since{0};  // how long it has been gone, terminating, failed or without a node
};

struct PlanGroup {
  placement::GroupKey key;
  placement::Demand demand;
  placement::Placements placements;
};

// What `weir plan` reads: a pool, its pods and nodes, the groups that want a place there, and how to place them.
struct PlanProblem {
  std::string pool_name = "pool";
  placement::PoolSettings pool;
  placement::StatefulSet stateful_set;
  std::vector<PlanNode> nodes;
  std::vector<PlanPod> pods;
  std::vector<PlanGroup> groups;
  std::string profile = "default";
  std::map<std::string, placement::ProfileSpec> profiles;  // those of the file
  placement::Patience patience;

  std::string pod_name(placement::Ordinal ordinal) const;
};

struct PlanReading {
  PlanProblem problem;  // only to be used when findings hold no error
  std::vector<CheckFinding> findings;
};

// Reads one document; every mistake with its line and what to write instead. `name` stands for the file.
PlanReading read_plan(const std::string& name, const std::string& text);

}  // namespace weir::cli
