#include "controller/pool_worker.h"

#include <algorithm>
#include <thread>

#include <gmock/gmock.h>
#include <httplib.h>

#include "base/parse.h"
#include "pool_fixture.h"
#include "support/fake_clock.h"

namespace weir::controller {
namespace {

using kube::Json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kPods = 40;
constexpr int kMostAtATime = 8;

// Takes ConfigMaps, each write slowly, and remembers in what order writes began and ended.
class SlowApiServer {
 public:
  SlowApiServer() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(32); };
    const char* maps = "/api/v1/namespaces/weir/configmaps";
    server_.Post(maps, [this](const auto& request, auto& response) { take(request, response); });
    server_.Patch(std::string(maps) + "/.*", [this](const auto& request, auto& response) { take(request, response); });
    server_.set_keep_alive_timeout(1);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running())
      std::this_thread::yield();
  }
  ~SlowApiServer() { server_.stop(); }

  // The library fills its tables of methods at the first request, by a check that ThreadSanitizer does not see in code
  // built without it: one request that is over before several come at once.
  static void fill_tables() {
    const SlowApiServer server;
    httplib::Client(server.url()).Post("/", "", "text/plain");
  }
  SlowApiServer(const SlowApiServer&) = delete;
  SlowApiServer& operator=(const SlowApiServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  struct Write {
    std::string name;
    int began = 0, ended = 0;  // counted together, from 0 up
  };
  std::vector<Write> take_writes() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(writes_, {});
  }
  int most_at_a_time() {
    const std::scoped_lock lock(mutex_);
    return most_;
  }

 private:
  void take(const httplib::Request& request, httplib::Response& response) {
    Json object = Json::parse(request.body);
    Write write{.name = kube::key_of(object).name};
    {
      const std::scoped_lock lock(mutex_);
      write.began = steps_++;
      most_ = std::max(most_, ++at_a_time_);
    }
    std::this_thread::sleep_for(milliseconds(10));
    const std::scoped_lock lock(mutex_);
    --at_a_time_;
    write.ended = steps_++;
    object["metadata"]["uid"] = "c-" + write.name;
    object["metadata"]["resourceVersion"] = std::to_string(write.ended + 1);
    writes_.push_back(std::move(write));
    response.set_content(object.dump(), "application/json");
  }

  std::mutex mutex_;
  int steps_ = 0, at_a_time_ = 0, most_ = 0;
  std::vector<Write> writes_;
  httplib::Server server_;
  int port_ = 0;
  std::jthread thread_;
};

// A pool of pods on nodes of their own, in three zones, with a group of three virtual replicas a pod.
class PoolWorkerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { SlowApiServer::fill_tables(); }

  PoolWorkerTest() {
    PoolNews& all = everything_;
    for (int number = 0; number < kPods; ++number) {
      const auto node = fmt::format("n{}", number);
      objects_[{"", node}] = kept(node_json(node, fmt::format("z{}", number % 3)));
      objects_[pod_key(number)] = kept(pod_json(number, node));
      all.nodes.insert(node);
      all.pods.insert(pod_key(number));
    }
    objects_[{"weir", "dispatcher"}] =
        pool_object(kPods, {{"weir.dev/allowed-namespaces", "*"}, {"weir.dev/min-replicas", std::to_string(kPods)}});
    objects_[group_] = kept(group_json("shop", "orders", replicas_));
    all.groups.insert(group_);
  }
  ~PoolWorkerTest() override { worker_.reset(); }

  static kube::ObjectKey pod_key(int ordinal) { return {"weir", fmt::format("dispatcher-{}", ordinal)}; }

  void start(const std::string& server) {
    kube::ClientConfig config;
    config.server = server;
    client_ =
        std::make_unique<kube::Client>(config, kube::ClientOptions{.qps = 10'000, .burst = 10'000}, clock_, registry_);
    events_ = std::make_unique<kube::EventRecorder>(*client_, "test", "test", clock_, telemetry::Logger());
    const PoolSources::Get get = [this](const kube::ObjectKey& key) {
      const std::scoped_lock lock(mutex_);
      const auto found = objects_.find(key);
      return found == objects_.end() ? nullptr : found->second;
    };
    worker_ = std::make_unique<PoolWorker>(kube::ObjectKey{"weir", "dispatcher"},
                                           PoolWorker::Parts{.client = *client_,
                                                             .sources = {.stateful_set = get,
                                                                         .pod = get,
                                                                         .node = get,
                                                                         .group = get,
                                                                         .nodes_failing =
                                                                             [this] {
                                                                               const std::scoped_lock lock(mutex_);
                                                                               return nodes_failing_;
                                                                             }},
                                                             .book = book_,
                                                             .events = *events_,
                                                             .clock = clock_,
                                                             .registry = registry_,
                                                             .reported = [](const kube::ObjectKey&) {}},
                                           placement::default_profile(), placement::Patience{}, telemetry::Logger());
    worker_->start(everything_);
  }
  static bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return true;
  }
  // Whether the group has been told to be on so many pods.
  bool is_on(std::size_t pods) {
    return eventually([&] {
      const auto report = book_.find(group_);
      return report && report->placed && report->placed->places.size() == pods && report->scheduled.reason == "Placed";
    });
  }
  void change(const kube::ObjectKey& key, const Json& object) {
    const std::scoped_lock lock(mutex_);
    objects_[key] = kept(object);
  }
  // Has another replica accepted, and waits until it is placed: then all that was told before has been looked at too.
  bool takes_one_more() {
    change(group_, group_json("shop", "orders", ++replicas_));
    worker_->tell([this](PoolNews& news) { news.groups.insert(group_); });
    return eventually([this] { return placed() == replicas_; });
  }
  std::int64_t placed() const {
    std::int64_t sum = 0;
    if (const auto report = book_.find(group_); report && report->placed)
      for (const auto& place : report->placed->places)
        sum += place.vreplicas;
    return sum;
  }
  double unanswered() {
    for (const auto& line : base::split_trimmed(registry_.scrape(), '\n'))
      if (line.starts_with(R"(weir_kube_requests_total{code="0",verb="POST"})"))
        return base::parse_double(line.substr(line.rfind(' ') + 1)).value_or(-1);
    return 0;
  }

  const kube::ObjectKey group_{"shop", "orders"};
  int replicas_ = 3 * kPods;
  testing::FakeClock clock_;
  telemetry::Registry registry_;
  PlacementBook book_;
  std::mutex mutex_;
  std::map<kube::ObjectKey, kube::ObjectPtr> objects_;
  std::optional<base::SteadyTime> nodes_failing_;
  PoolNews everything_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<PoolWorker> worker_;
};

TEST_F(PoolWorkerTest, WritesAssignmentsSeveralAtATimeAndEachOnce) {
  SlowApiServer server;
  start(server.url());
  ASSERT_TRUE(is_on(kPods));
  std::set<std::string> names;
  const auto writes = server.take_writes();
  for (const auto& write : writes)
    names.insert(write.name);
  EXPECT_EQ(writes.size(), static_cast<std::size_t>(kPods));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kPods));
  EXPECT_GT(server.most_at_a_time(), 1);
  EXPECT_LE(server.most_at_a_time(), kMostAtATime);
  worker_.reset();
}

TEST_F(PoolWorkerTest, WhatIsLostIsWrittenOnEveryPodBeforeAnyGetsMore) {
  SlowApiServer server;
  start(server.url());
  ASSERT_TRUE(is_on(kPods));
  server.take_writes();
  constexpr int kLost = 15;
  std::set<std::string> lost;
  {
    const std::scoped_lock lock(mutex_);
    for (int ordinal = 0; ordinal < kLost; ++ordinal) {
      lost.insert(pod_key(ordinal).name);
      objects_.erase(pod_key(ordinal));
    }
  }
  worker_->tell([&](PoolNews& news) {
    for (int ordinal = 0; ordinal < kLost; ++ordinal)
      news.pods.insert(pod_key(ordinal));
  });
  ASSERT_TRUE(is_on(kPods - kLost));
  int last_lost = 0, first_gained = 1 << 30, losses = 0, gains = 0;
  for (const auto& write : server.take_writes()) {
    const bool loses = lost.contains(write.name);
    (loses ? losses : gains) += 1;
    if (loses) last_lost = std::max(last_lost, write.ended);
    if (!loses) first_gained = std::min(first_gained, write.began);
  }
  EXPECT_EQ(losses, kLost);
  EXPECT_GE(gains, 1);
  EXPECT_LT(last_lost, first_gained);
  worker_.reset();
}

TEST_F(PoolWorkerTest, NothingLeavesANodeWhileWhatNodesAreLikeCannotBeKnown) {
  SlowApiServer server;
  start(server.url());
  ASSERT_TRUE(is_on(kPods));
  auto node = node_json("n0", "z0");
  node["status"]["conditions"][0]["status"] = "False";
  change({"", "n0"}, node);
  worker_->tell([](PoolNews& news) { news.nodes.insert("n0"); });
  ASSERT_TRUE(takes_one_more());
  const auto pass = [&](seconds time, bool failing) {
    clock_.advance(time);
    {
      const std::scoped_lock lock(mutex_);
      if (failing) nodes_failing_ = clock_.now();
    }
    return takes_one_more();
  };
  const auto stands = [&] { return book_.find(group_)->placed->places.front().pod == "dispatcher-0"; };
  ASSERT_TRUE(pass(seconds(60), /*failing=*/true));
  EXPECT_TRUE(stands()) << "its grace is over, but it may be ready again";
  ASSERT_TRUE(pass(seconds(30), /*failing=*/false));
  EXPECT_TRUE(stands()) << "it may say so any moment";
  ASSERT_TRUE(pass(seconds(20), /*failing=*/false));
  EXPECT_FALSE(stands());
  worker_.reset();
}

TEST_F(PoolWorkerTest, WhereTheApiServerDoesNotAnswerItIsNotAskedForEveryPod) {
  // The clock stands still, so that there is one attempt.
  start("http://127.0.0.1:1");
  ASSERT_TRUE(eventually([&] { return unanswered() > 0; }));
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_LE(unanswered(), kMostAtATime);
  EXPECT_FALSE(book_.find(group_) && book_.find(group_)->placed) << "nothing is said before it is written";
}

}  // namespace
}  // namespace weir::controller
