#include "cli/check_command.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/parse.h"
#include "cli/check.h"
#include "cli/usage.h"

namespace weir::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kCheckCommand = "check";

constexpr const char* kCheckExamples =
    R"(Nothing is asked of Kafka or Kubernetes. Exit codes: 0, 1 a file has an error, 2 a wrong flag.

Examples:
  weir check scaledobject.yaml
  weir check --partitions orders=12 deploy/*.yaml
  weir check -o json scaledobject.yaml
)";

json finding_json(const CheckFinding& finding) {
  return {{"file", finding.file},
          {"line", finding.line},
          {"path", finding.path},
          {"severity", to_string(finding.severity)},
          {"message", finding.message}};
}

base::Result<CheckOptions> options_of(const CheckFlags& flags) {
  CheckOptions options;
  for (const std::string& pair : flags.partitions) {
    const auto equals = pair.rfind('=');
    const auto count = equals == std::string::npos ? std::nullopt : base::parse_int(pair.substr(equals + 1));
    if (equals == 0 || !count || *count < 1)
      return base::fail(base::ErrorCode::kInvalidArgument, "--partitions \"{}\": must be TOPIC=N, such as orders=12",
                        pair);
    options.partitions[pair.substr(0, equals)] = *count;
  }
  return options;
}

}  // namespace

void add_check_flags(CLI::App& command, CheckFlags& flags) {
  command.footer(kCheckExamples);
  command.add_option("FILE", flags.files, "YAML files with ScaledObjects or ScaledJobs")->type_name("FILE");
  command.add_option("--partitions", flags.partitions, "how many partitions a topic has; may be given again")
      ->type_name("TOPIC=N")
      ->allow_extra_args(false);
  command.add_option("-o,--output", flags.output, "text or json (default text)")->type_name("FORMAT")->default_str("");
}

int run_check(const CheckFlags& flags) {
  if (flags.files.empty()) return usage_error(kCheckCommand, "name at least one FILE");
  if (flags.output != "text" && flags.output != "json")
    return usage_error(kCheckCommand, fmt::format("-o \"{}\": must be text or json", flags.output));
  const auto options = options_of(flags);
  if (!options) return usage_error(kCheckCommand, options.error().message);
  bool wrong = false;
  json all = json::array();
  for (const std::string& file : flags.files) {
    const auto findings = check_file(file, *options);
    wrong = wrong || has_errors(findings);
    for (const CheckFinding& finding : findings)
      all.push_back(finding_json(finding));
    if (flags.output == "text") fmt::print("{}", findings.empty() ? file + ": ok\n" : render(findings));
  }
  if (flags.output == "json") fmt::print("{}\n", all.dump(2, ' ', false, json::error_handler_t::replace));
  return wrong ? kExitFailure : kExitOk;
}

}  // namespace weir::cli
