#include "cli/command_line.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/app.h"
#include "cli/check_command.h"
#include "cli/controller_command.h"
#include "cli/demo_command.h"
#include "cli/lag_command.h"
#include "cli/plan_command.h"
#include "cli/scaler_command.h"
#include "cli/usage.h"

namespace weir::cli {
namespace {

constexpr std::size_t kFlagColumn = 34;

// CLI11's, with one empty line between groups instead of two.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kFlagColumn); }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at))
      text.erase(at, 1);
    return text;
  }
};

// The flags of every subcommand, and what to run once they are parsed.
class CommandLine {
 public:
  CommandLine() {
    app_.set_version_flag("--version", "weir " + version(), "print the version");
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.allow_extras();
    app_.require_subcommand(0, 1);
    app_.footer("`weir COMMAND --help` explains each.");
    add_scaler_flags(
        add("scaler", "Answers KEDA: serves lag and activity of Kafka consumer groups as an external scaler.",
            [this] { return run_scaler(scaler_); }),
        scaler_);
    add_controller_flags(
        add("controller", "Makes a ScaledObject of each ConsumerGroup and keeps its status, in Kubernetes.",
            [this] { return run_controller(controller_); }),
        controller_);
    add_demo_flags(add("demo",
                       "Shows autoscaling from idle to many replicas and back in half a minute, on this machine and "
                       "with nothing installed.",
                       [this] { return run_demo(demo_); }),
                   demo_);
    add_check_flags(add("check", "Checks ScaledObject YAML for Weir: every wrong field, and what to write instead.",
                        [this] { return run_check(check_); }),
                    check_);
    add_lag_flags(add("lag", "Explains a consumer group's lag, partition by partition, and what KEDA makes of it.",
                      [this] { return run_lag(lag_); }),
                  lag_);
    add_plan_flags(add("plan", "Shows which pods of a pool would carry which virtual replicas, and which plugin chose.",
                       [this] { return run_plan(plan_); }),
                   plan_);
  }

  int run(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
      return app_.exit(help);
    } catch (const CLI::CallForVersion& asked) {
      return app_.exit(asked);
    } catch (const CLI::ParseError& error) {
      return usage_error(chosen() ? chosen()->command->get_name() : "", error.what());
    }
    return run_chosen();
  }

 private:
  struct Command {
    CLI::App* command;
    std::function<int()> run;
  };

  CLI::App& add(const std::string& name, const std::string& purpose, std::function<int()> run) {
    CLI::App* command = app_.add_subcommand(name, purpose);
    // Collected to be named by our own words, in one line.
    command->allow_extras();
    commands_.push_back({command, std::move(run)});
    return *command;
  }

  const Command* chosen() const {
    for (const Command& command : commands_)
      if (command.command->parsed()) return &command;
    return nullptr;
  }

  int run_chosen() {
    const Command* found = chosen();
    if (!found && !app_.remaining().empty())
      return usage_error("", unknown_arguments(app_, app_.remaining()) + "; see weir --help");
    if (!found) {
      fmt::print(stderr, "{}", app_.help());
      return kExitUsage;
    }
    const auto rest = found->command->remaining();
    if (rest.empty()) return found->run();
    const std::string name = found->command->get_name();
    return usage_error(name, fmt::format("{}; see weir {} --help", unknown_arguments(*found->command, rest), name));
  }

  CLI::App app_{"Weir turns Kafka consumer lag into replicas, for KEDA.", "weir"};
  std::vector<Command> commands_;
  ScalerFlags scaler_;
  ControllerFlags controller_;
  DemoFlags demo_;
  CheckFlags check_;
  LagFlags lag_;
  PlanFlags plan_;
};

}  // namespace

int run(int argc, const char* const* argv) {
  return CommandLine().run(argc, argv);
}

}  // namespace weir::cli
