#pragma once

#include <string>
#include <vector>

#include "cli/cli11_fwd.h"

namespace weir::cli {

struct CheckFlags {
  std::vector<std::string> files;
  std::vector<std::string> partitions;  // TOPIC=N
  std::string output = "text";
};

// Adds the flags to the subcommand; `flags` outlives it.
void add_check_flags(CLI::App& command, CheckFlags& flags);

// Prints what check_file() finds. Exit code 0, 1 when a file has an error, 2 for a wrong flag.
int run_check(const CheckFlags& flags);

}  // namespace weir::cli
