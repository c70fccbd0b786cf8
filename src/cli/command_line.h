#pragma once

namespace weir::cli {

// The whole of `weir`: parses the command line, runs the subcommand and returns the exit code.
int run(int argc, const char* const* argv);

}  // namespace weir::cli
