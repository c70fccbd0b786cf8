#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/cli11_fwd.h"

namespace weir::cli {

// Exit codes of every subcommand.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;  // Kafka, a check or a demonstration said no
inline constexpr int kExitUsage = 2;    // a flag, a file or a port is wrong

// Prints `weir COMMAND: MESSAGE` to standard error, a line each, and returns kExitUsage.
int usage_error(std::string_view command, std::string_view message);

// The line for the arguments that a subcommand does not know: each named, with the flag that was likely meant.
std::string unknown_arguments(const CLI::App& command, const std::vector<std::string>& rest);

}  // namespace weir::cli
