#include "cli/plan_command.h"

#include <algorithm>
#include <cstdio>
#include <expected>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/parse.h"
#include "cli/plan_live.h"
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

With --live the pool, its pods and nodes and the groups are those of a cluster; FILE may have profile, profiles and
patience then, as the controller's --scheduler-config does. Nothing is changed there either.

Profiles that need no file: default, compact, knative-1.9 and knative-1.17. More keys and profiles of your own:
docs/scheduling.md. Exit codes: 0, 1 the file has an error or the cluster cannot be read, 2 a
wrong flag.

Examples:
  weir plan examples/plan.yaml
  weir plan --profile compact -o json problem.yaml
  weir plan --compare default,knative-1.9 problem.yaml
  weir plan --live --namespace weir-pool --pool dispatcher
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

// The problem, where flags and file are right; none: the exit code to end with.
std::expected<PlanProblem, int> read_problem(const PlanFlags& flags) {
  PlanProblem problem;
  if (!flags.file.empty()) {
    const auto text = read_text_file(flags.file);
    if (!text) return std::unexpected(usage_error(kCommand, fmt::format("{}: {}", flags.file, text.error().message)));
    PlanReading reading = read_plan(flags.file, *text);
    if (!flags.live || has_errors(reading.findings)) fmt::print(stderr, "{}", render(reading.findings));
    if (has_errors(reading.findings)) return std::unexpected(kExitFailure);
    problem = std::move(reading.problem);
  }
  if (!flags.live) return problem;
  if (!problem.nodes.empty() || !problem.pods.empty() || !problem.groups.empty())
    return std::unexpected(usage_error(
        kCommand, fmt::format("{}: with --live the cluster says what there is; keep profile, profiles and patience",
                              flags.file)));
  auto live = read_live_plan({.kubeconfig = flags.kubeconfig, .ns = flags.ns, .name = flags.pool}, std::move(problem));
  if (live) return *std::move(live);
  if (live.error().code == base::ErrorCode::kInvalidArgument)
    return std::unexpected(usage_error(kCommand, live.error().message));
  fmt::print(stderr, "weir plan: {}\n", live.error().message);
  return std::unexpected(kExitFailure);
}

std::optional<std::string> wrong_flags(const PlanFlags& flags) {
  if (flags.file.empty() && !flags.live) return "name a FILE, or write --live; weir plan --help shows one";
  if (!flags.live && !(flags.kubeconfig + flags.ns + flags.pool).empty())
    return "--kubeconfig, --namespace and --pool are for --live";
  if (flags.output != "table" && flags.output != "json")
    return fmt::format("-o \"{}\": must be table or json", flags.output);
  if (!flags.compare.empty() && base::split_trimmed(flags.compare, ',').size() != 2)
    return fmt::format("--compare \"{}\": must be two profiles, such as default,compact", flags.compare);
  if (!flags.compare.empty() && !flags.profile.empty())
    return "--profile cannot stand beside --compare; keep one of them";
  return std::nullopt;
}

}  // namespace

void add_plan_flags(CLI::App& command, PlanFlags& flags) {
  command.footer(kExplanation);
  command.add_option("FILE", flags.file, "the problem, as YAML")->type_name("FILE");
  command.add_flag("--live", flags.live, "the problem of a pool as it is in the cluster");
  command.add_option("--kubeconfig", flags.kubeconfig, "with --live: how to reach it (default: as kubectl does)")
      ->type_name("FILE");
  command.add_option("-n,--namespace", flags.ns, "with --live: of the pool (default: that of the kubeconfig)")
      ->type_name("NAMESPACE");
  command.add_option("--pool", flags.pool, "with --live: the StatefulSet (default: the only pool of the namespace)")
      ->type_name("NAME");
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
  if (const auto wrong = wrong_flags(flags)) return usage_error(kCommand, *wrong);
  const auto horizon = flags.horizon == "0" ? std::chrono::milliseconds(0) : base::parse_duration(flags.horizon);
  if (!horizon)
    return usage_error(kCommand, fmt::format("--horizon \"{}\": must be 0 or a duration such as 10m", flags.horizon));
  const auto problem = read_problem(flags);
  if (!problem) return problem.error();
  return flags.compare.empty() ? show(*problem, flags, *horizon) : compare(*problem, flags, *horizon);
}

}  // namespace weir::cli
