#include <climits>
#include <csignal>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "base/parse.h"
#include "cli/kubeconfig_file.h"
#include "cli/signals.h"
#include "worker/record_counter.h"
#include "worker/worker.h"

namespace weir::worker {
namespace {

struct Flags {
  std::string kubeconfig, ns, pod, clusters, log_records;
  std::vector<std::string> allowed_brokers;
  std::string record_delay = "0", session_timeout = "10s", resync = "30s";
};

base::Result<std::chrono::milliseconds> duration_of(const char* flag, const std::string& text) {
  if (text == "0") return std::chrono::milliseconds(0);
  const auto duration = base::parse_duration(text);
  if (!duration)
    return base::fail(base::ErrorCode::kInvalidArgument, "{} \"{}\": must be a duration such as 5ms, 10s", flag, text);
  return *duration;
}

// What a pod's containers are told as the host's name.
std::string own_name() {
  std::string name(HOST_NAME_MAX + 1, '\0');
  return gethostname(name.data(), name.size()) == 0 ? name.c_str() : "";
}

base::Result<WorkerOptions> options_of(const Flags& flags, const kube::ClientConfig& api) {
  const auto session_timeout = duration_of("--session-timeout", flags.session_timeout);
  if (!session_timeout) return std::unexpected(session_timeout.error());
  const auto resync = duration_of("--resync", flags.resync);
  if (!resync) return std::unexpected(resync.error());
  WorkerOptions options{.pod = {flags.ns.empty() ? api.ns : flags.ns, flags.pod.empty() ? own_name() : flags.pod}};
  options.settings = {.pod = options.pod.name,
                      .clusters = flags.clusters,
                      .allowed_brokers = flags.allowed_brokers,
                      .session_timeout = *session_timeout};
  options.resync = *resync;
  return options;
}

base::Result<void> run(const Flags& flags) {
  const auto delay = duration_of("--record-delay", flags.record_delay);
  if (!delay) return std::unexpected(delay.error());
  const auto api = cli::read_client_config(flags.kubeconfig);
  if (!api) return std::unexpected(api.error());
  const auto options = options_of(flags, *api);
  if (!options) return std::unexpected(options.error());
  const auto records = RecordCounter::open(*delay, flags.log_records);
  if (!records) return std::unexpected(records.error());

  cli::block_stop_signals();
  const base::SystemClock clock;
  const telemetry::Logging logging({});
  const auto logger = logging.logger("worker");
  telemetry::Registry registry;
  kube::Client client(*api, {.user_agent = "weir-worker"}, clock, registry);
  const auto pod = kube::to_string(options->pod);
  logger.info("running", {{"pod", std::string_view(pod)}});
  Worker worker(client, *options, **records, logger);
  std::jthread thread([&](const std::stop_token& stop) { worker.run(stop); });
  cli::wait_for_stop_signal();
  client.interrupt();
  thread.request_stop();
  thread.join();
  logger.info("drained", {{"records", (*records)->records()}});
  return {};
}

void add_flags(CLI::App& app, Flags& flags) {
  app.add_option("--kubeconfig", flags.kubeconfig, "the API server; empty: that of the pod this runs in");
  app.add_option("--namespace", flags.ns, "of the pod; empty: that of the kubeconfig or the pod");
  app.add_option("--pod", flags.pod, "STATEFULSET-ORDINAL; empty: the host's name");
  app.add_option("--clusters", flags.clusters,
                 "folder with NAME.properties for each clusterRef: librdkafka's properties, PROPERTY=VALUE");
  app.add_option("--allowed-broker", flags.allowed_brokers, "glob of HOST:PORT to which any Secret may go");
  app.add_option("--record-delay", flags.record_delay, "how long a record takes, such as 5ms");
  app.add_option("--log-records", flags.log_records,
                 "file that gets a line GROUP TOPIC PARTITION OFFSET for each record");
  app.add_option("--session-timeout", flags.session_timeout,
                 "after which Kafka gives the partitions of a consumer that died to others");
  app.add_option("--resync", flags.resync, "how often Secrets are read again");
}

}  // namespace
}  // namespace weir::worker

int main(int argc, char** argv) {
  CLI::App app("Runs the consumers that are assigned to a pod of a pool, and counts their records.", "weir_worker");
  weir::worker::Flags flags;
  weir::worker::add_flags(app, flags);
  CLI11_PARSE(app, argc, argv);
  if (const auto ran = weir::worker::run(flags); !ran) {
    fmt::print(stderr, "weir_worker: {}\n", ran.error().message);
    return 2;
  }
  return 0;
}
