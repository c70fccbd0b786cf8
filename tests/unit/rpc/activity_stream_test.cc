#include "rpc/activity_stream.h"

#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "server_fixture.h"

namespace weir::rpc {
namespace {

using namespace std::chrono_literals;

// One StreamIsActive that is open.
struct OpenedStream {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<externalscaler::IsActiveResponse>> reader;

  explicit OpenedStream(externalscaler::ExternalScaler::Stub& stub, const externalscaler::ScaledObjectRef& ref)
      : reader(stub.StreamIsActive(&context, ref)) {}

  // The next message; none at the end of the stream.
  std::optional<bool> read() {
    externalscaler::IsActiveResponse response;
    return reader->Read(&response) ? std::optional(response.result()) : std::nullopt;
  }
};

class ActivityStreamTest : public ServerFixture {
 protected:
  std::unique_ptr<OpenedStream> open(const externalscaler::ScaledObjectRef& object = ref()) {
    return std::make_unique<OpenedStream>(*stub_, object);
  }

  std::size_t open_streams() const {
    std::size_t count = 0;
    for (const auto& row : triggers_->status())
      count += row.streams;
    return count;
  }
};

TEST_F(ActivityStreamTest, SendsTheStateAtOpenAndEachEdge) {
  drain();
  start();
  const auto stream = open();
  EXPECT_EQ(stream->read(), false);
  resolver_.source()->end("orders", 0, 150);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(stream->read(), true);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
  resolver_.source()->commit("billing", "orders", 0, 150);
  EXPECT_EQ(stream->read(), false);
}

TEST_F(ActivityStreamTest, AnActiveTriggerIsToldAgainAfterThreeSeconds) {
  start();
  const auto stream = open();
  EXPECT_EQ(stream->read(), true);
  const auto first = std::chrono::steady_clock::now();
  EXPECT_EQ(stream->read(), true);
  const auto waited = std::chrono::steady_clock::now() - first;
  EXPECT_GT(waited, 2500ms);
  EXPECT_LT(waited, 4s);
}

TEST_F(ActivityStreamTest, SaysNothingBeforeTheFirstSnapshot) {
  resolver_.source()->fail(base::Error{base::ErrorCode::kUnavailable, "away"});
  start();
  const auto stream = open();
  ASSERT_TRUE(eventually([&] { return resolver_.source()->counts().partition_counts > 2; }));
  resolver_.source()->fail(std::nullopt);
  EXPECT_EQ(stream->read(), true) << "the first message tells of the first snapshot";
}

TEST_F(ActivityStreamTest, AnEdgeThatFellDueWhileKafkaWasAwayIsSentWhenItIsBack) {
  monitoring_.max_stale = 300ms;
  start();
  const auto stream = open();
  ASSERT_EQ(stream->read(), true);
  const auto first_edge = std::chrono::steady_clock::now();
  drain();
  ASSERT_EQ(stream->read(), false);
  resolver_.source()->end("orders", 0, 150);
  const auto trigger = triggers_->find({"shop", false, "test"}, "orders", orders_metadata());
  ASSERT_TRUE(trigger);
  ASSERT_TRUE(eventually([&] {
    const auto snapshot = monitor_->status((*trigger)->subscription).snapshot;
    return snapshot->offsets->at(0).partitions[0].log_end == 150;
  }));
  resolver_.source()->fail(base::Error{base::ErrorCode::kUnavailable, "away"});
  std::this_thread::sleep_until(first_edge + ActivitySchedule::kEdgeApart + 200ms);
  ASSERT_FALSE(monitor_->peek((*trigger)->subscription));
  resolver_.source()->fail(std::nullopt);
  ASSERT_TRUE(eventually([&] { return monitor_->peek((*trigger)->subscription).has_value(); }));
  const auto back = std::chrono::steady_clock::now();
  EXPECT_EQ(stream->read(), true);
  EXPECT_LT(std::chrono::steady_clock::now() - back, 1s) << "not as late as a repeat would come";
}

TEST_F(ActivityStreamTest, KeepsItsGroupWatchedWithoutOtherCalls) {
  monitoring_.unused_after = 100ms;
  start();
  const auto stream = open();
  ASSERT_EQ(stream->read(), true);
  const int before = resolver_.source()->counts().committed;
  EXPECT_TRUE(eventually([&] { return resolver_.source()->counts().committed > before + 5; }));
}

TEST_F(ActivityStreamTest, WrongMetadataEndsItWithTheError) {
  start();
  const auto stream = open(ref({}));
  EXPECT_EQ(stream->read(), std::nullopt);
  EXPECT_EQ(stream->reader->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(open_streams(), 0U);
}

TEST_F(ActivityStreamTest, MoreThanTheNamespaceMayHaveAreRefused) {
  limits_.streams = 1;
  start();
  const auto first = open();
  ASSERT_EQ(first->read(), true);
  const auto second = open();
  EXPECT_EQ(second->read(), std::nullopt);
  EXPECT_EQ(second->reader->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(open_streams(), 1U);
}

TEST_F(ActivityStreamTest, ACancelledStreamIsClosedAtOnce) {
  start();
  const auto stream = open();
  ASSERT_EQ(stream->read(), true);
  EXPECT_EQ(open_streams(), 1U);
  stream->context.TryCancel();
  EXPECT_TRUE(eventually([&] { return open_streams() == 0; }));
  EXPECT_TRUE(eventually(
      [&] { return registry_.scrape().find("weir_rpc_streams{rpc=\"StreamIsActive\"} 0") != std::string::npos; }));
}

TEST_F(ActivityStreamTest, EndsWithOkAtItsGreatestAge) {
  options_.max_stream_age = 300ms;
  start();
  const auto before = std::chrono::steady_clock::now();
  const auto stream = open();
  while (stream->read())
    continue;
  EXPECT_TRUE(stream->reader->Finish().ok());
  const auto age = std::chrono::steady_clock::now() - before;
  EXPECT_GE(age, 270ms);
  EXPECT_LT(age, 2s);
}

TEST_F(ActivityStreamTest, EndsWithOkWhenItsSecretWasRotated) {
  start();
  const auto stream = open();
  ASSERT_EQ(stream->read(), true);
  resolver_.replace();
  while (stream->read())
    continue;
  EXPECT_TRUE(stream->reader->Finish().ok());
  EXPECT_EQ(open()->read(), true);
}

TEST_F(ActivityStreamTest, StaysOpenWhenAnotherSecretWasRotated) {
  drain();
  start();
  const auto stream = open();
  ASSERT_EQ(stream->read(), false);
  const int resolved = resolver_.resolved;
  resolver_.touch();
  ASSERT_TRUE(eventually([&] { return resolver_.resolved > resolved; }));
  resolver_.source()->end("orders", 0, 150);
  EXPECT_EQ(stream->read(), true);
}

TEST_F(ActivityStreamTest, ManyEndWithOkOnShutdown) {
  start();
  std::vector<std::unique_ptr<OpenedStream>> streams;
  for (int i = 0; i < 200; ++i) {
    auto object = ref();
    object.set_name("orders-" + std::to_string(i));
    streams.push_back(open(object));
  }
  for (const auto& stream : streams)
    ASSERT_EQ(stream->read(), true);
  const auto before = std::chrono::steady_clock::now();
  server_->shutdown(3s);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
  for (const auto& stream : streams) {
    while (stream->read())
      continue;
    const auto status = stream->reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

TEST_F(ActivityStreamTest, OpeningAndCancellingWhileSnapshotsComeLeavesNothingBehind) {
  monitoring_.refresh_interval = 1ms;
  start();
  std::vector<std::jthread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const auto stream = open();
        if (i % 2 == 0) {
          EXPECT_EQ(stream->read(), true);
        }
        stream->context.TryCancel();
        stream->reader->Finish();
      }
    });
  }
  clients.clear();
  EXPECT_TRUE(eventually([&] { return open_streams() == 0; }));
}

// On which something happens at the nth look at it by one thread.
class EventfulClock final : public base::Clock {
 public:
  base::SteadyTime now() const override {
    if (std::this_thread::get_id() == watched_.load() && --looks_ == 0) event_();
    return std::chrono::steady_clock::now();
  }
  base::SystemTime system_now() const override { return std::chrono::system_clock::now(); }

  // From this thread, and once.
  void arm(int looks, std::function<void()> event) {
    looks_ = looks;
    event_ = std::move(event);
    watched_ = std::this_thread::get_id();
  }

 private:
  std::atomic<std::thread::id> watched_;
  mutable std::atomic<int> looks_ = 0;
  std::function<void()> event_;
};

class OpeningStreamTest : public ActivityStreamTest, public ::testing::WithParamInterface<int> {
 protected:
  OpeningStreamTest() {
    monitoring_.refresh_interval = 60s;
    monitoring_.max_stale = monitoring_.unused_after = 120s;
    monitoring_.watch_after = 1ms;
  }
  // Whoever looks at the clock goes before it.
  ~OpeningStreamTest() override {
    server_.reset();
    triggers_.reset();
    monitor_.reset();
  }
  const base::Clock& clock() const override { return eventful_; }

  EventfulClock eventful_;
};

// Looks at the clock: when it peeks at the last snapshot, and when it decides by that.
TEST_P(OpeningStreamTest, ARecordThatComesWhileItOpensIsToldAtOnce) {
  drain();
  start();
  const auto subscription = monitor_->subscribe({resolver_.source(), "billing", {"orders"}});
  const auto keep = monitor_->listen(subscription, [](const auto&) {});
  const auto waits = monitor_->await_first_record(subscription);
  ASSERT_TRUE(eventually([&] { return resolver_.source()->watched() && resolver_.source()->watched()->size() == 2; }));
  resolver_.when_resolving = [&] {
    eventful_.arm(GetParam(), [&] {
      std::atomic<bool> heard = false;
      const auto after_the_stream = monitor_->listen(subscription, [&](const auto&) { heard = true; });
      resolver_.source()->move({{"orders", 0, 150}});
      EXPECT_TRUE(eventually([&] { return heard.load(); }));
    });
  };
  EXPECT_EQ(open()->read(), true);
}

INSTANTIATE_TEST_SUITE_P(Looks, OpeningStreamTest, ::testing::Values(1, 2));

}  // namespace
}  // namespace weir::rpc
