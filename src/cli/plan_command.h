#pragma once

#include <string>

#include "cli/cli11_fwd.h"

namespace weir::cli {

struct PlanFlags {
  std::string file;
  bool live = false;
  std::string kubeconfig, ns, pool;  // with live
  std::string profile;
  std::string compare;  // two profiles
  std::string horizon = "10m";
  std::string output = "table";
};

// Adds the flags to the subcommand; `flags` outlives it.
void add_plan_flags(CLI::App& command, PlanFlags& flags);

// Prints what the scheduler makes of a problem. Exit code 0, 1 when the file has an error or the cluster
// cannot be read, 2 for a wrong flag.
int run_plan(const PlanFlags& flags);

}  // namespace weir::cli
