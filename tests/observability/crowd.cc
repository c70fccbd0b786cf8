// Makes a crowd of groups on a broker, and asks a scaler for all of them as KEDA does, until its standard input ends.
// Says `ready` when the scaler has answered for every group that can be answered for. Usage: weir_crowd BROKER SCALER
// GROUPS
#include <atomic>
#include <charconv>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include "crowd_groups.h"
#include "support/kafka_admin.h"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kThreads = 16;
constexpr int kStreams = 20;
constexpr int kReaders = 30;  // groups that follow while records come
constexpr seconds kPollingInterval{20};
constexpr seconds kReadyWithin{120};

using Each = std::function<void(const CrowdGroup&)>;

void in_parallel(const std::vector<CrowdGroup>& groups, const Each& each) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < groups.size(); at = next++)
        each(groups[at]);
    });
}

int records_of(const std::string& topic) {
  for (const auto& one : crowd_topics())
    if (one.name == topic) return one.records;
  return 0;
}

void commit_behind(KafkaAdmin& admin, const CrowdGroup& group, std::int64_t lag) {
  std::vector<std::pair<std::int32_t, std::int64_t>> offsets;
  for (int partition = 0; partition < kCrowdPartitions; ++partition)
    offsets.emplace_back(partition, records_of(group.topic) - lag);
  admin.commit(group.group, group.topic, offsets);
}

void fill(KafkaAdmin& admin, const std::vector<CrowdGroup>& groups) {
  for (const auto& topic : crowd_topics()) {
    admin.create_topic(topic.name, kCrowdPartitions);
    for (int partition = 0; partition < kCrowdPartitions; ++partition)
      admin.produce(topic.name, partition, topic.records);
  }
  in_parallel(groups, [&](const CrowdGroup& group) {
    if (group.kind == CrowdKind::kIdle) commit_behind(admin, group, 0);
    if (group.kind == CrowdKind::kBehind) commit_behind(admin, group, group.lag);
  });
}

bool answers(CrowdKind kind) {
  return kind == CrowdKind::kIdle || kind == CrowdKind::kBehind || kind == CrowdKind::kNew;
}

// The calls of one poll of KEDA's. Whether they were answered.
bool ask(const rpc::ScalerClient& scaler, const CrowdGroup& group) {
  const auto spec = scaler.get_metric_spec(group.object);
  return spec && scaler.get_metric(group.object, spec->name) && scaler.is_active(group.object);
}

// Until each that can be answered for has been.
bool subscribe(const rpc::ScalerClient& scaler, const std::vector<CrowdGroup>& groups) {
  const auto deadline = std::chrono::steady_clock::now() + kReadyWithin;
  std::atomic<int> missing = 0;
  in_parallel(groups, [&](const CrowdGroup& group) {
    while (!ask(scaler, group) && answers(group.kind)) {
      if (std::chrono::steady_clock::now() > deadline) {
        ++missing;
        return;
      }
      std::this_thread::sleep_for(milliseconds(200));
    }
  });
  return missing == 0;
}

// Whether standard input has ended, within that time.
bool ended(milliseconds within) {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (::poll(&input, 1, static_cast<int>(within.count())) <= 0) return false;
  char byte = 0;
  return ::read(STDIN_FILENO, &byte, 1) <= 0;
}

// Records come in the first topic, and some of its groups read them, others do not.
void go_on(KafkaAdmin& admin, const std::vector<CrowdGroup>& groups, int second) {
  const auto topic = crowd_topics().front();
  for (int partition = 0; partition < kCrowdPartitions; ++partition)
    admin.produce(topic.name, partition, 5);
  int readers = 0;
  for (const auto& group : groups) {
    if (group.topic != topic.name || group.kind != CrowdKind::kBehind) continue;
    if (++readers > kReaders) return;
    if (readers % kReaders == second % kReaders) commit_behind(admin, group, -5 * second);
  }
}

int run(const std::string& broker, const std::string& scaler_address, int count) {
  KafkaAdmin admin(broker);
  const auto groups = crowd_groups(count, broker);
  fill(admin, groups);
  const rpc::ScalerClient scaler(scaler_address, milliseconds(5000));
  if (!subscribe(scaler, groups)) {
    fmt::print(stderr, "weir_crowd: the scaler did not answer for every group\n");
    return 1;
  }
  std::vector<std::shared_ptr<void>> streams;
  for (const auto& group : groups)
    if (answers(group.kind) && streams.size() < kStreams)
      streams.push_back(scaler.stream_is_active(group.object, [](bool) {}));
  fmt::print("ready\n");
  std::fflush(stdout);
  for (int second = 1; !ended(milliseconds(1000)); ++second) {
    go_on(admin, groups, second);
    if (second % kPollingInterval.count() == 0)
      in_parallel(groups, [&](const CrowdGroup& group) { ask(scaler, group); });
  }
  return 0;
}

}  // namespace
}  // namespace weir::test

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  int count = 0;
  if (arguments.size() == 3) std::from_chars(arguments[2].data(), arguments[2].data() + arguments[2].size(), count);
  if (count < 1) {
    fmt::print(stderr, "usage: weir_crowd BROKER SCALER GROUPS\n");
    return 2;
  }
  try {
    return weir::test::run(arguments[0], arguments[1], count);
  } catch (const std::exception& error) {
    fmt::print(stderr, "weir_crowd: {}\n", error.what());
    return 1;
  }
}
