#include "monitor/monitor.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/fake_offset_source.h"

namespace weir::monitor {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using testing::FakeOffsetSource;

MonitorOptions quick() {
  MonitorOptions options;
  options.refresh_interval = 50ms;
  options.max_stale = 400ms;
  options.first_wait = 300ms;
  options.unused_after = 100ms;
  return options;
}

// What a test sees soon was told by the watch, or asked for by it: no refresh is due.
MonitorOptions watching() {
  auto options = quick();
  options.refresh_interval = 60s;
  options.max_stale = 120s;
  options.unused_after = 120s;
  options.watch_after = 1ms;
  return options;
}

// Waits for a condition, up to ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(2ms);
  }
  return condition();
}

class MonitorTest : public ::testing::Test {
 protected:
  MonitorTest() {
    source_->topic("orders", {{0, 100, 100}});
    source_->commit("g", "orders", 0, 40);
  }

  SubscriptionKey key(const std::string& group = "g") const { return {source_, group, {"orders"}}; }

  Monitor::Answer get(Monitor& monitor, const SubscriptionPtr& subscription) {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<Monitor::Answer> answer;
    monitor.get(subscription, [&](const Monitor::Answer& got) {
      const std::scoped_lock lock(mutex);
      answer = got;
      answered.notify_all();
    });
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return answer.has_value(); });
    return *answer;
  }

  static lag::Offset end_of(const Monitor::Answer& answer) { return *(*answer)->offsets->at(0).partitions[0].log_end; }

  std::shared_ptr<FakeOffsetSource> source_ = std::make_shared<FakeOffsetSource>();
  base::SystemClock clock_;
  telemetry::Registry registry_;
};

TEST_F(MonitorTest, TheFirstCallWaitsForKafkaAndLaterOnesDoNot) {
  Monitor monitor(quick(), clock_, {}, registry_);
  const auto subscription = monitor.subscribe(key());
  EXPECT_EQ(end_of(get(monitor, subscription)), 100);
  source_->hang();
  bool at_once = false;
  monitor.get(subscription, [&](const auto& answer) { at_once = answer.has_value(); });
  EXPECT_TRUE(at_once);
}

TEST_F(MonitorTest, FirstCallsOfManyGroupsShareOneFlight) {
  auto options = quick();
  options.refresh_interval = 60s;
  Monitor monitor(options, clock_, {}, registry_);
  std::atomic<int> answered = 0;
  std::vector<SubscriptionPtr> held;
  for (int i = 0; i < 200; ++i) {
    held.push_back(monitor.subscribe(key("g" + std::to_string(i % 100))));
    monitor.get(held.back(), [&](const auto& answer) { answered += answer.has_value() ? 1 : 1000; });
  }
  ASSERT_TRUE(eventually([&] { return answered == 200; })) << answered;
  EXPECT_LE(source_->counts().committed, 3) << "gathered for 20 ms";
  EXPECT_EQ(source_->counts().groups, 100);
}

TEST_F(MonitorTest, EqualKeysGiveTheSameSubscription) {
  Monitor monitor(quick(), clock_, {}, registry_);
  EXPECT_EQ(monitor.subscribe(key()), monitor.subscribe(key()));
  EXPECT_NE(monitor.subscribe(key("a")), monitor.subscribe(key("b")));
}

TEST_F(MonitorTest, SnapshotsAreRefreshedAndListenersHearThem) {
  Monitor monitor(quick(), clock_, {}, registry_);
  const auto subscription = monitor.subscribe(key());
  std::atomic<lag::Offset> heard = 0;
  const auto guard =
      monitor.listen(subscription, [&](const SnapshotPtr& s) { heard = *s->offsets->at(0).partitions[0].log_end; });
  ASSERT_TRUE(eventually([&] { return heard == 100; }));
  source_->end("orders", 0, 150);
  EXPECT_TRUE(eventually([&] { return heard == 150; }));
}

TEST_F(MonitorTest, AHangingSessionLetsFirstCallsGoInTime) {
  Monitor monitor(quick(), clock_, {}, registry_);
  source_->hang();
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = get(monitor, monitor.subscribe(key()));
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

TEST_F(MonitorTest, TheLastGoodSnapshotServesUntilMaxStaleThenUnavailableThenItRecovers) {
  Monitor monitor(quick(), clock_, {}, registry_);
  const auto subscription = monitor.subscribe(key());
  ASSERT_TRUE(get(monitor, subscription).has_value());
  source_->fail(base::Error{ErrorCode::kUnavailable, "broker away"});
  ASSERT_TRUE(eventually([&] { return monitor.status(subscription).error.has_value(); }));
  EXPECT_EQ(end_of(get(monitor, subscription)), 100) << "stale, not an error and not 0";
  EXPECT_EQ(monitor.health().stale, 0u);
  ASSERT_TRUE(eventually([&] { return !get(monitor, subscription).has_value(); }));
  const auto error = get(monitor, subscription).error();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_NE(error.message.find("broker away"), std::string::npos) << error.message;
  EXPECT_EQ(monitor.health().stale, 1u);
  source_->fail(std::nullopt);
  EXPECT_TRUE(eventually([&] { return get(monitor, subscription).has_value(); }));
  EXPECT_EQ(monitor.health().stale, 0u);
}

TEST_F(MonitorTest, WhileTheSessionIsDownOneProbeStandsForAllAndAllComeBack) {
  Monitor monitor(quick(), clock_, {}, registry_);
  std::vector<SubscriptionPtr> held;
  std::vector<ListenerGuard> guards;
  for (int i = 0; i < 50; ++i) {
    held.push_back(monitor.subscribe(key("g" + std::to_string(i))));
    guards.push_back(monitor.listen(held.back(), [](const SnapshotPtr&) {}));
  }
  const auto all_good = [&] {
    for (const auto& subscription : held)
      if (!monitor.peek(subscription).has_value()) return false;
    return true;
  };
  ASSERT_TRUE(eventually(all_good));
  source_->fail(base::Error{ErrorCode::kUnavailable, "away"});
  ASSERT_TRUE(eventually([&] { return monitor.health().stale == 50; }));
  const int before = source_->counts().partition_counts;
  std::this_thread::sleep_for(1s);
  EXPECT_LE(source_->counts().partition_counts - before, 5) << "probed with back-off, not at each interval";
  source_->fail(std::nullopt);
  EXPECT_TRUE(eventually(all_good));
}

TEST_F(MonitorTest, AFirstRecordIsHeardBetweenTwoRefreshes) {
  auto options = quick();
  options.refresh_interval = 500ms;
  options.max_stale = 60s;
  options.unused_after = 60s;
  options.watch_after = 100ms;
  Monitor monitor(options, clock_, {}, registry_);
  const auto subscription = monitor.subscribe(key());
  std::atomic<lag::Offset> heard = 0;
  const auto guard =
      monitor.listen(subscription, [&](const SnapshotPtr& s) { heard = *s->offsets->at(0).partitions[0].log_end; });
  const auto waits = monitor.await_first_record(subscription);
  ASSERT_TRUE(eventually([&] { return source_->watched() == std::vector<lag::LogEnd>{{"orders", 0, 100}}; }));
  const auto before = monitor.status(subscription).snapshot;
  source_->end("orders", 0, 150);
  source_->move({{"orders", 0, 150}});
  EXPECT_TRUE(eventually([&] { return heard == 150; }));
  EXPECT_TRUE(eventually([&] { return source_->watched() == std::vector<lag::LogEnd>{{"orders", 0, 150}}; }))
      << "watched again when it is idle again";
}

TEST_F(MonitorTest, WhoeverReadsATopicHearsOfItsRecord) {
  Monitor monitor(watching(), clock_, {}, registry_);
  source_->topic("returns", {{0, 100, 100}});
  source_->commit("g", "returns", 0, 40);
  const std::vector<std::vector<std::string>> topics{{"orders"}, {"orders", "returns"}, {"returns", "orders"}, {}};
  std::vector<SubscriptionPtr> readers;
  std::vector<std::shared_ptr<void>> waits;
  for (const auto& read : topics) {
    readers.push_back(monitor.subscribe({source_, "g", read}));
    waits.push_back(monitor.await_first_record(readers.back()));
    ASSERT_TRUE(get(monitor, readers.back()).has_value());
  }
  const auto other = monitor.subscribe({source_, "g", {"returns"}});
  ASSERT_TRUE(get(monitor, other).has_value());
  const auto untold = monitor.status(other).snapshot;
  ASSERT_TRUE(eventually([&] { return source_->watched() && source_->watched()->size() == 2; }));
  source_->move({{"orders", 0, 150}});
  for (std::size_t reader = 0; reader < readers.size(); ++reader) {
    EXPECT_TRUE(eventually([&] {
      const auto snapshot = monitor.status(readers[reader]).snapshot;
      for (const auto& topic : *snapshot->offsets)
        if (topic.topic == "orders") return topic.partitions[0].log_end == 150;
      return false;
    })) << "topics "
        << reader;
  }
  EXPECT_EQ(monitor.status(other).snapshot, untold);
}

TEST_F(MonitorTest, WhereAWatchCannotTellItsGroupsAreRefreshedAtOnce) {
  Monitor monitor(watching(), clock_, {}, registry_);
  const auto orders = monitor.subscribe(key());
  const auto waits = monitor.await_first_record(orders);
  ASSERT_TRUE(get(monitor, orders).has_value());
  ASSERT_TRUE(eventually([&] { return source_->watched().has_value(); }));
  source_->end("orders", 0, 7);
  source_->move({{"orders", 0, std::nullopt}});
  EXPECT_TRUE(eventually([&] { return end_of(get(monitor, orders)) == 7; }));
}

TEST_F(MonitorTest, ANamespaceWithManyGroupsDoesNotDelayAnothersFew) {
  source_->take_per_group(100us);
  Monitor monitor(quick(), clock_, {}, registry_);
  std::vector<SubscriptionPtr> many;
  for (int i = 0; i < 5000; ++i) {
    many.push_back(monitor.subscribe(key("many-" + std::to_string(i)), "large"));
    monitor.get(many.back(), [](const auto&) {});
  }
  const int before = source_->counts().groups;
  EXPECT_TRUE(get(monitor, monitor.subscribe(key("few"), "small")).has_value());
  EXPECT_LE(source_->counts().groups - before, 1000 + 250 + 250) << "the batch that ran, its own, one more begun";
}

TEST_F(MonitorTest, EveryGroupGetsItsTurnWhereMoreIsDueThanABatchTakesAndSomeGetNoAnswer) {
  struct Row {
    const char* name;
    int groups;
    int namespaces;
    std::chrono::microseconds per_group;  // so that a batch takes longer than the interval
  };
  auto options = quick();
  options.max_stale = options.unused_after = 60s;
  for (const Row& row : {Row{"one namespace", 3000, 1, 80us}, Row{"three namespaces", 1500, 3, 300us},
                         Row{"more namespaces than a batch has places", 900, 300, 300us}}) {
    SCOPED_TRACE(row.name);
    const auto source = std::make_shared<FakeOffsetSource>(row.name);
    source->topic("orders", {{0, 100, 100}});
    source->take_per_group(row.per_group);
    Monitor monitor(options, clock_, {}, registry_);
    std::vector<SubscriptionPtr> healthy;
    std::vector<ListenerGuard> guards;
    for (int i = 0; i < row.groups; ++i) {
      const auto group = "group-" + std::to_string(i);
      const auto subscription =
          monitor.subscribe({source, group, {"orders"}}, "ns-" + std::to_string(i % row.namespaces));
      guards.push_back(monitor.listen(subscription, [](const auto&) {}));
      if (i % 7 == 0) {
        source->fail_group(group, base::Error{ErrorCode::kUnavailable, "broker away"});
      } else {
        healthy.push_back(subscription);
      }
    }
    const auto all_since = [&](base::SteadyTime time) {
      return std::ranges::all_of(healthy, [&](const auto& subscription) {
        const auto snapshot = monitor.status(subscription).snapshot;
        return snapshot && snapshot->taken > time;
      });
    };
    EXPECT_TRUE(eventually([&] { return all_since({}); })) << "first refreshes";
    const int before = source->counts().groups;
    EXPECT_TRUE(eventually([&, now = clock_.now()] { return all_since(now); })) << "later refreshes";
    EXPECT_LE(source->counts().groups - before, 3 * row.groups);
    const int all = source->counts().groups;
    const auto late = monitor.subscribe({source, "late", {"orders"}}, "ns-0");
    guards.push_back(monitor.listen(late, [](const auto&) {}));
    EXPECT_TRUE(eventually([&] { return monitor.peek(late).has_value(); })) << "one that comes later";
    EXPECT_LE(source->counts().groups - all, 3 * 1000) << "the batch that ran, its own, one more begun";
  }
}

TEST_F(MonitorTest, GroupsOfATopicShareItsEndsAndOneTopicsManyAreSpread) {
  constexpr int kGroups = 200;
  struct Row {
    const char* name;
    int topics;
    double most_partitions;  // asked about for each group
    double most_groups;      // in a flight
  };
  for (const Row& row :
       {Row{"twenty topics of ten groups each", 20, 0.2, kGroups}, Row{"one topic of all", 1, 1, 60}}) {
    const auto source = std::make_shared<FakeOffsetSource>(row.name);
    Monitor monitor({.refresh_interval = 200ms}, clock_, {}, registry_);
    std::vector<ListenerGuard> guards;
    for (int i = 0; i < kGroups; ++i) {
      const auto topic = "topic-" + std::to_string(i % row.topics);
      if (i < row.topics) source->topic(topic, {{0, 100, 100}});
      guards.push_back(
          monitor.listen(monitor.subscribe({source, "group-" + std::to_string(i), {topic}}), [](const auto&) {}));
    }
    ASSERT_TRUE(eventually([&] { return source->counts().groups >= 3 * kGroups; })) << row.name;
    const auto before = source->counts();
    ASSERT_TRUE(eventually([&] { return source->counts().groups >= before.groups + 5 * kGroups; })) << row.name;
    const auto after = source->counts();
    const double groups = after.groups - before.groups;
    EXPECT_LE((after.partitions - before.partitions) / groups, row.most_partitions) << row.name;
    EXPECT_LE(groups / (after.committed - before.committed), row.most_groups) << row.name;
  }
}

TEST_F(MonitorTest, GroupsThatKafkaRefusesDoNotHideThatRefreshingTakesLong) {
  source_->take_per_group(1ms);
  Monitor monitor(quick(), clock_, {}, registry_);
  constexpr int kGroups = 60;  // each takes more than a sixtieth of the interval
  std::vector<ListenerGuard> guards;
  for (int i = 0; i < kGroups; ++i) {
    const auto group = "group-" + std::to_string(i);
    if (i % 6 == 0) source_->fail_group(group, base::Error{ErrorCode::kPermissionDenied, "denied"});
    guards.push_back(monitor.listen(monitor.subscribe(key(group)), [](const auto&) {}));
  }
  const auto refreshed = [&](int rounds) {
    const int until = source_->counts().groups + rounds * kGroups;
    return eventually([&] { return source_->counts().groups >= until; });
  };
  ASSERT_TRUE(refreshed(10));
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(refreshed(10));
  EXPECT_GT(std::chrono::steady_clock::now() - begin, 10 * kGroups * 3ms / 2) << "the interval is twice the time";
}

TEST_F(MonitorTest, OneBadGroupDoesNotStopTheOthers) {
  Monitor monitor(quick(), clock_, {}, registry_);
  source_->fail_group("bad", base::Error{ErrorCode::kPermissionDenied, "denied"});
  const auto good = monitor.subscribe(key());
  const auto bad = monitor.subscribe(key("bad"));
  const auto keep_good = monitor.listen(good, [](const SnapshotPtr&) {});
  const auto keep_bad = monitor.listen(bad, [](const SnapshotPtr&) {});
  ASSERT_TRUE(eventually([&] { return monitor.status(bad).error.has_value() && monitor.peek(good).has_value(); }));
  source_->end("orders", 0, 101);
  EXPECT_TRUE(eventually([&] { return end_of(monitor.peek(good)) == 101; }));
}

TEST_F(MonitorTest, AGroupThatNobodyAsksForIsDroppedAndComesBackWhenAsked) {
  Monitor monitor(quick(), clock_, {}, registry_);
  auto subscription = monitor.subscribe(key());
  ASSERT_TRUE(get(monitor, subscription).has_value());
  ASSERT_TRUE(eventually([&] { return monitor.health().subscriptions == 1; })) << "told a moment after the answer";
  ASSERT_TRUE(eventually([&] { return monitor.health().subscriptions == 0; }));
  const int before = source_->counts().committed;
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(source_->counts().committed, before) << "not refreshed any more";
  source_->end("orders", 0, 120);
  ASSERT_TRUE(eventually([&] { return get(monitor, subscription).has_value(); }));
  EXPECT_TRUE(eventually([&] { return end_of(get(monitor, subscription)) == 120; }));
  subscription.reset();
  std::weak_ptr<FakeOffsetSource> weak = source_;
  source_.reset();
  EXPECT_TRUE(eventually([&] { return weak.expired(); })) << "the session is let go";
}

TEST_F(MonitorTest, StoppingEndsWaitingCallsAndDoesNotWaitForKafka) {
  auto options = quick();
  options.first_wait = 60s;
  auto monitor = std::make_unique<Monitor>(options, clock_, telemetry::Logger(), registry_);
  source_->hang();
  const auto subscription = monitor->subscribe(key());
  std::atomic<int> answers = 0;
  monitor->get(subscription, [&](const auto& answer) { answers += answer.has_value() ? 100 : 1; });
  ASSERT_TRUE(eventually([&] { return source_->counts().partition_counts == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  monitor.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_EQ(answers, 1);
}

}  // namespace
}  // namespace weir::monitor
