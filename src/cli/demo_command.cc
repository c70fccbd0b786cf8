#include "cli/demo_command.h"

#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "base/parse.h"
#include "cli/app.h"
#include "cli/demo.h"
#include "cli/signals.h"
#include "cli/usage.h"
#include "kafka/mock_cluster.h"

namespace weir::cli {
namespace {

using base::Result;
using std::chrono::milliseconds;

constexpr std::string_view kCommand = "demo";
constexpr const char* kName = "weir-demo";  // of the topic and the group
constexpr int kMockBrokers = 3;
constexpr int kPartitions = 12;

constexpr const char* kExamples =
    R"(Everything runs in this process: a mock Kafka cluster, the scaler on a gRPC port of 127.0.0.1, a stand-in for KEDA that
polls it and listens to its stream, and replicas that read and commit. The load idles, surges and drains, over and over.

Examples:
  weir demo
  weir demo --duration 30s
  weir demo --brokers localhost:9092
)";

// Where the demonstration reads and writes, and the mock cluster if there is one.
struct DemoCluster {
  std::unique_ptr<kafka::MockCluster> mock;
  kafka::DemoTarget target;
  kafka::DemoTopic topic;
};

Result<DemoCluster> open_cluster(const std::string& brokers) {
  DemoCluster cluster{
      .mock = nullptr, .target = {.bootstrap_servers = brokers, .topic = kName, .group = kName}, .topic = {}};
  if (brokers.empty()) {
    auto mock = kafka::MockCluster::start(kMockBrokers);
    if (!mock) return std::unexpected(mock.error());
    cluster.mock = std::move(*mock);
    if (auto made = cluster.mock->create_topic(kName, kPartitions); !made) return std::unexpected(made.error());
    cluster.target.bootstrap_servers = cluster.mock->bootstrap_servers();
  }
  const auto topic = kafka::ensure_demo_topic(cluster.target, kPartitions);
  if (!topic) return std::unexpected(topic.error());
  cluster.topic = *topic;
  return cluster;
}

Settings scaler_settings() {
  Settings settings;
  settings.kubernetes.off = true;
  settings.listen = "127.0.0.1:0";
  settings.http_listen = "127.0.0.1:0";
  settings.status_page = true;
  settings.refresh_interval = milliseconds(500);
  settings.log.level = telemetry::LogLevel::kError;  // more would tear the table apart
  return settings;
}

std::vector<std::string> header(const DemoCluster& cluster, const App& app, const Demo::Options& options) {
  const std::string kafka = cluster.mock ? fmt::format("a mock cluster of {} brokers in this process", kMockBrokers)
                                         : cluster.target.bootstrap_servers;
  return {fmt::format("weir demo: topic {} with {} partitions{}, group {}, on {}", kName, cluster.topic.partitions,
                      cluster.topic.created ? " (created)" : "", kName, kafka),
          fmt::format("scaler: gRPC on {}, http://127.0.0.1:{}/status, and a page to look at on http://127.0.0.1:{}/",
                      options.scaler, app.http_port(), app.http_port()),
          fmt::format(
              "KEDA's part: polls every {}, listens to StreamIsActive, cooldown {}, 0 to {} replicas, lagThreshold {}",
              base::format_duration(options.polling_interval), base::format_duration(options.keda.cooldown),
              options.keda.max_replicas, options.lag_threshold)};
}

int conclude(const Demo& demo, bool timed) {
  fmt::print("\n{} records written, {} read. Shown:\n", demo.produced(), demo.consumed());
  for (const std::string& line : demo.stages().lines())
    fmt::print("  {}\n", line);
  if (!timed || demo.stages().complete()) return kExitOk;
  fmt::print(stderr, "weir demo: not all was shown; give --duration 30s or more, on a machine that is not busy\n");
  return kExitFailure;
}

Result<int> show(const DemoCluster& cluster, const App& app, std::optional<milliseconds> duration) {
  Demo::Options options;
  options.target = cluster.target;
  options.partitions = cluster.topic.partitions;
  options.scaler = fmt::format("127.0.0.1:{}", app.grpc_port());
  options.keda.max_replicas = cluster.topic.partitions;
  auto lines = header(cluster, app, options);
  const auto view = isatty(STDOUT_FILENO) ? make_table_view(std::move(lines)) : make_line_view(lines);
  const auto demo = Demo::start(options, *view);
  if (!demo) return std::unexpected(demo.error());
  if (const auto ran = (*demo)->run(duration); !ran) return std::unexpected(ran.error());
  return conclude(**demo, duration.has_value());
}

}  // namespace

void add_demo_flags(CLI::App& command, DemoFlags& flags) {
  command.footer(kExamples);
  command
      .add_option("--brokers", flags.brokers,
                  "a real cluster without credentials; uses topic and group weir-demo, and creates the topic with 12 "
                  "partitions if it does not exist (default: a mock cluster)")
      ->type_name("HOST:PORT,...");
  command
      .add_option("--duration", flags.duration, "stop after that long, 30s or more to see all (default: until Ctrl-C)")
      ->type_name("DURATION");
}

int run_demo(const DemoFlags& flags) {
  std::optional<milliseconds> duration;
  if (!flags.duration.empty()) {
    duration = base::parse_duration(flags.duration);
    if (!duration)
      return usage_error(kCommand, fmt::format("--duration \"{}\": must be a duration such as 30s", flags.duration));
  }
  block_stop_signals();
  const auto cluster = open_cluster(flags.brokers);
  if (!cluster) return usage_error(kCommand, cluster.error().message);
  const base::SystemClock clock;
  const Settings settings = scaler_settings();
  const telemetry::Logging logging(settings.log);
  const auto app = App::start(settings, clock, logging);
  if (!app) return usage_error(kCommand, app.error().message);
  const auto code = show(*cluster, **app, duration);
  (*app)->shut_down(settings.shutdown_grace);
  return code ? *code : usage_error(kCommand, code.error().message);
}

}  // namespace weir::cli
