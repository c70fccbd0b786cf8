#include "cli/plan_command.h"

#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/parse.h"
#include "cli/plan_report.h"
#include "cli/text_file.h"
#include "cli/usage.h"

namespace weir::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kCommand = "plan";

constexpr const char* kExplanation =
    R"(FILE describes a pool of pods and the consumer groups that want a place there:

  pool: {name: dispatcher, capacity: 20, maxReplicas: 10}
  nodes:
    - {name: n1, zone: a}
    - {name: n2, zone: b, ready: false, for: 60s}
  pods:
    - {name: dispatcher-0, node: n1}
    - {name: dispatcher-1, node: n2}
  groups:
    - {name: shop/orders, replicas: 6, partitions: 12, placements: {dispatcher-1: 3}}

The scheduler of the controller then decides as it would in a cluster: where each virtual replica goes, what has to
move and which plugin chose, what stays pending and why, how many pods the pool should have. Later steps, such as
rebalancing, are shown with the time after which they would come. Nothing is asked of Kubernetes.

Profiles that need no file: default, compact, knative-1.9 and knative-1.17. More keys and profiles of your own:
docs/scheduling.md. Exit codes: 0, 1 the file has an error, 2 a wrong flag.

Examples:
  weir plan examples/plan.yaml
  weir plan --profile compact -o json problem.yaml
  weir plan --compare default,knative-1.9 problem.yaml
)";

base::Result<placement::ProfileSpec> chosen(const PlanProblem& problem, const std::string& name,
                                            std::string_view flag) {
  if (auto found = find_profile(problem, name)) return std::move(*found);
  std::vector<std::string> known = placement::built_in_profiles();
  for (const auto& [of_file, spec] : problem.profiles)
    known.push_back(of_file);
  return base::fail(base::ErrorCode::kInvalidArgument, "{} \"{}\": write one of {}", flag, name,
                    fmt::join(known, ", "));
}

void print_json(const json& value) {
  fmt::print("{}\n", value.dump(2, ' ', false, json::error_handler_t::replace));
}

int compare(const PlanProblem& problem, const PlanFlags& flags, std::chrono::milliseconds horizon) {
  std::vector<PlanResult> results;
  for (const std::string& name : base::split_trimmed(flags.compare, ',')) {
    const auto profile = chosen(problem, name, "--compare");
    if (!profile) return usage_error(kCommand, profile.error().message);
    results.push_back(plan(problem, *profile, horizon));
  }
  if (flags.output == "json") {
    json all = json::array();
    for (const PlanResult& result : results)
      all.push_back(plan_json(problem, result));
    print_json(all);
  } else {
    fmt::print("{}", plan_comparison(problem, results[0], results[1]));
  }
  return kExitOk;
}

// Columns of the terminal that standard output is; 0 when it is none.
std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int show(const PlanProblem& problem, const PlanFlags& flags, std::chrono::milliseconds horizon) {
  const auto profile = chosen(problem, flags.profile.empty() ? problem.profile : flags.profile, "--profile");
  if (!profile) return usage_error(kCommand, profile.error().message);
  const PlanResult result = plan(problem, *profile, horizon);
  if (flags.output == "json") {
    print_json(plan_json(problem, result));
  } else {
    fmt::print("{}", plan_table(problem, result, terminal_width()));
  }
  return kExitOk;
}

}  // namespace

void add_plan_flags(CLI::App& command, PlanFlags& flags) {
  command.footer(kExplanation);
  command.add_option("FILE", flags.file, "the problem, as YAML")->type_name("FILE");
  command.add_option("--profile", flags.profile, "how to place, instead of what the file says")->type_name("NAME");
  command.add_option("--compare", flags.compare, "two profiles side by side")->type_name("A,B");
  command.add_option("--horizon", flags.horizon, "how far to look ahead; 0 for what is decided at once (default 10m)")
      ->type_name("DURATION")
      ->default_str("");
  command.add_option("-o,--output", flags.output, "table or json (default table)")
      ->type_name("FORMAT")
      ->default_str("");
}

int run_plan(const PlanFlags& flags) {
  if (flags.file.empty()) return usage_error(kCommand, "name a FILE; weir plan --help shows one");
  if (flags.output != "table" && flags.output != "json")
    return usage_error(kCommand, fmt::format("-o \"{}\": must be table or json", flags.output));
  if (!flags.compare.empty() && base::split_trimmed(flags.compare, ',').size() != 2)
    return usage_error(kCommand,
                       fmt::format("--compare \"{}\": must be two profiles, such as default,compact", flags.compare));
  if (!flags.compare.empty() && !flags.profile.empty())
    return usage_error(kCommand, "--profile cannot stand beside --compare; keep one of them");
  const auto horizon = flags.horizon == "0" ? std::chrono::milliseconds(0) : base::parse_duration(flags.horizon);
  if (!horizon)
    return usage_error(kCommand, fmt::format("--horizon \"{}\": must be 0 or a duration such as 10m", flags.horizon));
  const auto text = read_text_file(flags.file);
  if (!text) return usage_error(kCommand, fmt::format("{}: {}", flags.file, text.error().message));
  const PlanReading reading = read_plan(flags.file, *text);
  fmt::print(stderr, "{}", render(reading.findings));
  if (has_errors(reading.findings)) return kExitFailure;
  return flags.compare.empty() ? show(reading.problem, flags, *horizon) : compare(reading.problem, flags, *horizon);
}

}  // namespace weir::cli
