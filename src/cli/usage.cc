#include "cli/usage.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/did_you_mean.h"

namespace weir::cli {

int usage_error(std::string_view command, std::string_view message) {
  fmt::print(stderr, "weir{}{}: {}\n", command.empty() ? "" : " ", command, message);
  return kExitUsage;
}

std::string unknown_arguments(const CLI::App& command, const std::vector<std::string>& rest) {
  std::vector<std::string> flags{"--help"}, commands;
  for (const CLI::App* sub : command.get_subcommands(nullptr))
    commands.push_back(sub->get_name());
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames())
      flags.push_back("--" + name);
  std::string text;
  for (const std::string& argument : rest) {
    const bool flag = argument.starts_with('-');
    // A value that followed an unknown flag is not a mistake of its own.
    if (!flag && !text.empty()) continue;
    const std::string name = argument.substr(0, argument.find('='));
    const std::string near = did_you_mean(name, flag ? flags : commands);
    if (!text.empty()) text += "; ";
    text += fmt::format("unknown {} {}", flag ? "flag" : commands.empty() ? "argument" : "command", name);
    if (!near.empty()) text += fmt::format(", did you mean {}?", near);
  }
  return text;
}

}  // namespace weir::cli
