#include "cli/lag_command.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/parse.h"
#include "cli/lag_group.h"
#include "cli/lag_report.h"
#include "cli/local_lag.h"
#include "cli/scaled_object_file.h"
#include "cli/signals.h"
#include "cli/usage.h"
#include "rpc/lag_client.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kLagCommand = "lag";

bool on_kafka(const FileTrigger& trigger) {
  return trigger.reference.metadata.contains("consumerGroup") || trigger.type == "kafka" ||
         trigger.type == "apache-kafka";
}

Result<lag::TriggerReference> from_file(const LagFlags& flags) {
  auto triggers = read_triggers(flags.file);
  if (!triggers) return std::unexpected(triggers.error());
  const auto found = std::ranges::find_if(*triggers, [&](const FileTrigger& trigger) {
    return flags.trigger ? trigger.index == *flags.trigger : on_kafka(trigger);
  });
  if (found == triggers->end() && flags.trigger)
    return base::fail(ErrorCode::kInvalidArgument, "--trigger {}: {} has no such trigger, they count from 0",
                      *flags.trigger, flags.file);
  if (found == triggers->end())
    return base::fail(ErrorCode::kInvalidArgument, "{}: no trigger has a consumerGroup; name one with --trigger",
                      flags.file);
  for (const std::string& key : found->from_environment)
    fmt::print(stderr, "weir lag: {} is in the workload's environment; give it with --set {}=...\n", key,
               key.substr(0, key.size() - 7));
  return std::move(found->reference);
}

void override_key(lag::TriggerReference& trigger, const char* key, const std::string& value) {
  if (!value.empty()) trigger.metadata[key] = value;
}

Result<base::Secret> read_flag_file(const char* flag, const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return base::fail(ErrorCode::kInvalidArgument, "{} {}: cannot be read; check the path", flag, file);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (bytes.ends_with('\n')) bytes.pop_back();
  return base::Secret(std::move(bytes));
}

Result<std::optional<kafka::AuthParameters>> auth_of(const LagFlags& flags) {
  kafka::AuthParameters auth;
  if (!flags.username.empty()) auth.emplace("username", flags.username);
  if (!flags.sasl.empty()) auth.emplace("sasl", flags.sasl);
  if (flags.tls || !flags.ca.empty()) auth.emplace("tls", "enable");
  if (!flags.password_file.empty()) {
    const auto password = read_flag_file("--password-file", flags.password_file);
    if (!password) return std::unexpected(password.error());
    auth.emplace("password", *password);
  }
  if (!flags.ca.empty()) {
    const auto ca = read_flag_file("--ca", flags.ca);
    if (!ca) return std::unexpected(ca.error());
    auth.emplace("ca", *ca);
  }
  if (auth.empty()) return std::nullopt;
  return auth;
}

Result<std::chrono::milliseconds> duration_of(const char* flag, const std::string& text) {
  if (const auto duration = base::parse_duration(text)) return *duration;
  return base::fail(ErrorCode::kInvalidArgument,
                    "{} \"{}\": must be a duration with a unit of ms, s, m or h, such as 2s", flag, text);
}

Result<std::unique_ptr<lag::LagClient>> local_client(const LagFlags& flags,
                                                     std::optional<std::chrono::milliseconds> watch,
                                                     const base::Clock& clock) {
  LocalLagOptions options;
  if (!flags.config.empty())
    if (const auto read = read_config(flags.config, options.settings); !read) return std::unexpected(read.error());
  if (!flags.secrets_dir.empty()) options.settings.secrets_dir = flags.secrets_dir;
  const auto timeout = duration_of("--timeout", flags.timeout);
  if (!timeout) return std::unexpected(timeout.error());
  auto auth = auth_of(flags);
  if (!auth) return std::unexpected(auth.error());
  options.timeout = *timeout;
  options.auth = std::move(*auth);
  if (watch) options.refresh_interval = *watch;
  return make_local_lag(options, clock);
}

Result<std::unique_ptr<lag::LagClient>> client_of(const LagFlags& flags, std::optional<std::chrono::milliseconds> watch,
                                                  const base::Clock& clock) {
  if (flags.scaler.empty()) return local_client(flags, watch, clock);
  if (!flags.scaler_tls && flags.scaler_ca.empty() && flags.scaler_cert.empty())
    return rpc::make_lag_client(flags.scaler);
  return rpc::make_lag_client(flags.scaler, rpc::ClientTlsFiles{flags.scaler_ca, flags.scaler_cert, flags.scaler_key});
}

int failed(const base::Error& error) {
  usage_error(kLagCommand, error.message);
  return error.code == ErrorCode::kInvalidArgument ? kExitUsage : kExitFailure;
}

void print(const lag::LagDescription& description, const LagFlags& flags, bool redraw) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  if (flags.output == "json") {
    fmt::print("{}\n",
               lag_json(description).dump(flags.watch ? -1 : 2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    const char* no_colour = std::getenv("NO_COLOR");
    const bool colours = terminal && (!no_colour || *no_colour == '\0');
    fmt::print("{}{}", redraw && terminal ? "\x1b[H\x1b[2J" : "", lag_table(description, colours));
    if (redraw && !terminal) fmt::print("\n");
  }
  std::fflush(stdout);
}

// Errors that may pass are shown and tried again.
int watch_lag(lag::LagClient& client, const lag::TriggerReference& trigger, const LagFlags& flags,
              std::chrono::milliseconds interval) {
  block_stop_signals();
  for (;;) {
    const auto description = client.describe(trigger);
    if (description)
      print(*description, flags, true);
    else if (description.error().code != ErrorCode::kUnavailable)
      return failed(description.error());
    else
      usage_error(kLagCommand, description.error().message);
    if (wait_for_stop_signal(interval) != 0) return kExitOk;
  }
}

}  // namespace

Result<lag::TriggerReference> trigger_of(const LagFlags& flags) {
  lag::TriggerReference trigger;
  if (!flags.file.empty()) {
    auto found = from_file(flags);
    if (!found) return found;
    trigger = std::move(*found);
  }
  if (!flags.consumer_group.empty()) {
    auto found = trigger_of_consumer_group(flags.consumer_group, flags.kubeconfig);
    if (!found) return found;
    trigger = std::move(*found);
  }
  if (trigger.ns.empty() || !flags.ns.empty()) trigger.ns = flags.ns.empty() ? "default" : flags.ns;
  if (!flags.name.empty()) trigger.name = flags.name;
  if (!flags.cluster.empty()) trigger.metadata.erase("bootstrapServers");
  override_key(trigger, "bootstrapServers", flags.bootstrap_servers);
  override_key(trigger, "clusterRef", flags.cluster);
  override_key(trigger, "consumerGroup", flags.group);
  override_key(trigger, "topic", flags.topic);
  override_key(trigger, "authSecret", flags.auth_secret);
  for (const std::string& pair : flags.set) {
    const auto equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos)
      return base::fail(ErrorCode::kInvalidArgument, "--set \"{}\": must be KEY=VALUE, such as lagThreshold=50", pair);
    trigger.metadata[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  if (!flags.scaler.empty() && trigger.name.empty())
    return base::fail(ErrorCode::kInvalidArgument, "--scaler: needs the ScaledObject's --name, or -f FILE");
  return trigger;
}

int run_lag(const LagFlags& flags) {
  if (flags.output != "table" && flags.output != "json")
    return usage_error(kLagCommand, fmt::format("-o \"{}\": must be table or json", flags.output));
  std::optional<std::chrono::milliseconds> interval;
  if (flags.watch) {
    const auto parsed = duration_of("--watch", *flags.watch);
    if (!parsed) return failed(parsed.error());
    interval = *parsed;
  }
  const auto trigger = trigger_of(flags);
  if (!trigger) return failed(trigger.error());
  const base::SystemClock clock;
  const auto client = client_of(flags, interval, clock);
  if (!client) return failed(client.error());
  if (interval) return watch_lag(**client, *trigger, flags, *interval);
  const auto description = (*client)->describe(*trigger);
  if (!description) return failed(description.error());
  print(*description, flags, false);
  return kExitOk;
}

}  // namespace weir::cli
