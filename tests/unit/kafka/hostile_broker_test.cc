// Brokers that mean ill, or are none: each may cost its own session, and nothing else.

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>

#include "hostile_broker_fixture.h"
#include "monitor/monitor.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using test::FakeBroker;
using test::Stream;
using test::TcpServer;
using ::testing::_;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using Clock = std::chrono::steady_clock;

const std::string kNoise(64 << 10, 'x');

void send_without_end(Stream& stream) {
  while (stream.write(kNoise)) {
  }
}

void drip(Stream& stream, std::string_view bytes) {
  for (const char byte : bytes) {
    if (!stream.write({&byte, 1})) return;
    std::this_thread::sleep_for(20ms);
  }
}

struct HostileServer {
  const char* name;
  TcpServer::Serve serve;
  bool tls = false;  // whether the client expects TLS; the server never speaks it
};

std::vector<HostileServer> hostile_servers() {
  return {
      {"hangs up at once", [](Stream&) {}},
      {"says nothing", [](Stream& stream) { stream.wait_until_closed(); }},
      {"speaks garbage", send_without_end},
      {"is a web server",
       [](Stream& stream) {
         stream.read(1);
         stream.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
       }},
      {"announces 2 GB and sends them",
       [](Stream& stream) {
         stream.read(1);
         stream.write(length_of(0x7FFF'FFFF));
         send_without_end(stream);
       }},
      {"announces a negative length",
       [](Stream& stream) {
         stream.write(length_of(0xFFFF'FFF0));
         stream.wait_until_closed();
       }},
      {"sends the largest frame that is believed, of nothing",
       [](Stream& stream) {
         stream.read(1);
         stream.write(length_of(64 << 20) + length_of(1));
         send_without_end(stream);
       }},
      {"stops in the middle of a frame",
       [](Stream& stream) {
         stream.write(length_of(100) + length_of(1) + "abc");
         stream.wait_until_closed();
       }},
      {"hangs up in the middle of a frame",
       [](Stream& stream) {
         stream.read(1);
         stream.write(length_of(100) + length_of(1) + "abc");
       }},
      {"drips", [](Stream& stream) { drip(stream, length_of(5000) + length_of(1) + std::string(5000, '\0')); }},
      {"says nothing to a TLS hello", [](Stream& stream) { stream.wait_until_closed(); }, true},
      {"stops in the middle of a TLS handshake",
       [](Stream& stream) {
         stream.write(std::string("\x16\x03\x03\x40\x00\x02", 6));
         stream.wait_until_closed();
       },
       true},
      {"drips a TLS record", [](Stream& stream) { drip(stream, "\x16\x03\x03\x40" + std::string(5000, '\x02')); },
       true},
      {"answers a TLS hello with garbage", send_without_end, true},
  };
}

TEST_F(HostileBroker, CostsItsOwnCallAndNoMore) {
  for (const auto& [name, serve, tls] : hostile_servers()) {
    SCOPED_TRACE(name);
    const TcpServer server(serve);
    const auto source = open(key_of(server.address(), tls));
    for (int call = 0; call < 2; ++call)
      EXPECT_NE(failure(*source, server.address()), "no failure");
  }
}

TEST_F(HostileBroker, IsSeenInTheFiguresOfItsOwnSession) {
  const FakeBroker good;
  const TcpServer bad([](Stream& stream) { stream.read(1); });
  ASSERT_TRUE(open(key_of(good.address()))->committed(kGroup, Clock::now() + kDeadline).at(0).has_value());
  ASSERT_FALSE(open(key_of(bad.address()))->committed(kGroup, Clock::now() + kDeadline).at(0).has_value());
  for (const SessionStatus& status : pool_.status()) {
    SCOPED_TRACE(status.name);
    EXPECT_GT(status.bytes_sent, 0u);
    if (status.brokers.front() == good.address()) {
      EXPECT_THAT(status.requests_by_type, Contains(Pair("OffsetFetch", 1u)));
      EXPECT_THAT(status.requests_by_type, Contains(Pair("FindCoordinator", 1u)));
      EXPECT_EQ(status.requests, std::accumulate(status.requests_by_type.begin(), status.requests_by_type.end(), 0u,
                                                 [](auto sum, const auto& entry) { return sum + entry.second; }));
      EXPECT_GT(status.bytes_received, 0u);
      EXPECT_EQ(status.connects, static_cast<std::uint64_t>(good.connections()));
      EXPECT_EQ(status.disconnects, 0u);
      EXPECT_THAT(status.errors, IsEmpty());
    } else {
      EXPECT_THAT(status.requests_by_type, Not(Contains(Pair("OffsetFetch", _))));
      EXPECT_GT(status.disconnects, 0u);
      EXPECT_THAT(status.errors, ElementsAre(Pair("UNAVAILABLE", 1u)));
    }
  }
}

// The longest time for which a subscription had no new snapshot.
class Gaps {
 public:
  Gaps(monitor::Monitor& monitor, const monitor::SubscriptionPtr& subscription)
      : guard_(monitor.listen(subscription, [this](const monitor::SnapshotPtr&) { seen(); })) {}
  Clock::duration longest() {
    seen();
    const std::scoped_lock lock(mutex_);
    return longest_;
  }

 private:
  void seen() {
    const std::scoped_lock lock(mutex_);
    const auto now = Clock::now();
    longest_ = std::max(longest_, now - last_);
    last_ = now;
  }

  std::mutex mutex_;
  Clock::time_point last_ = Clock::now();
  Clock::duration longest_{};
  monitor::ListenerGuard guard_;
};

TEST_F(HostileBroker, DelaysNoOtherSession) {
  const FakeBroker good;
  std::list<TcpServer> servers;
  monitor::MonitorOptions options;
  options.refresh_interval = 100ms;
  monitor::Monitor monitor(options, clock_, telemetry::Logger(), registry_);
  const auto healthy = monitor.subscribe({open(key_of(good.address())), "shop", {"orders"}});
  std::vector<monitor::ListenerGuard> guards;
  std::vector<monitor::SubscriptionPtr> hostile;
  for (const auto& [name, serve, tls] : hostile_servers()) {
    auto& server = servers.emplace_back(serve);
    hostile.push_back(monitor.subscribe({open(key_of(server.address(), tls)), "shop", {"orders"}}));
    guards.push_back(monitor.listen(hostile.back(), [](const monitor::SnapshotPtr&) {}));
  }
  Gaps gaps(monitor, healthy);
  std::this_thread::sleep_for(3s);
  EXPECT_LE(gaps.longest(), 1500ms) << "the good broker's group was not refreshed in time";
  EXPECT_TRUE(monitor.status(healthy).snapshot);
  EXPECT_FALSE(monitor.status(healthy).error);
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    const auto status = monitor.status(hostile[i]);
    EXPECT_FALSE(status.snapshot) << hostile_servers()[i].name;
    EXPECT_TRUE(status.error) << hostile_servers()[i].name;
  }
}

}  // namespace
}  // namespace weir::kafka
