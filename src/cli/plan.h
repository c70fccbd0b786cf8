#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/plan_problem.h"

namespace weir::cli {

// A step and when it would come.
struct PlanStep {
  std::chrono::milliseconds after{0};
  placement::Step step;
};

struct PlanPlacement {
  placement::Ordinal pod = 0;
  std::string node;  // empty where the pod has none
  std::string zone;
  placement::Count vreplicas = 0;
  placement::Count before = 0;
};

struct PlanOutcome {
  placement::GroupKey group;
  placement::Count wanted = 0;
  placement::Count cost = 1;              // of a pod's capacity that each takes
  std::vector<PlanPlacement> placements;  // by pod; those that ended with 0 are there for what was before
  placement::Count pending = 0;
  std::string reason;  // with pending
  placement::Verdict refused;
};

// What a profile makes of a problem.
struct PlanResult {
  std::string profile;
  std::vector<PlanOutcome> groups;  // by key
  std::vector<PlanStep> steps;
  placement::Count replicas_before = 0, replicas = 0;  // of the StatefulSet
  bool held = false;

  placement::Count placed() const;
  placement::Count pending() const;
  placement::Count moves() const;
  placement::Count pods_used() const;
  // The largest difference of a group between the zones, or nodes, that have usable pods.
  placement::Count zone_skew = 0, node_skew = 0;
};

// Lets the scheduler decide at once, and then as often as it asks for, until nothing is left to do or `horizon` has
// passed. No time passes in fact. The problem must be free of errors and know the profile.
PlanResult plan(const PlanProblem& problem, const placement::ProfileSpec& profile, std::chrono::milliseconds horizon);

// The profile of that name, of the file or built in.
std::optional<placement::ProfileSpec> find_profile(const PlanProblem& problem, const std::string& name);

}  // namespace weir::cli
