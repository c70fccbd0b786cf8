#pragma once

#include <string>

#include "cli/cli11_fwd.h"

namespace weir::cli {

struct DemoFlags {
  std::string brokers;   // empty: a mock cluster in this process
  std::string duration;  // empty: until Ctrl-C
};

// Adds the flags to the subcommand; `flags` outlives it.
void add_demo_flags(CLI::App& command, DemoFlags& flags);

// Runs the demonstration. Returns the exit code: with a duration, 1 when not all of it was shown.
int run_demo(const DemoFlags& flags);

}  // namespace weir::cli
