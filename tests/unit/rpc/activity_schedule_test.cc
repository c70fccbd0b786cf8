#include "rpc/activity_schedule.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir::rpc {
namespace {

using std::chrono::milliseconds;

// At `at_ms` the activity is evaluated (if given), and then whatever is due is sent, unless the last snapshot is too
// old from then on.
struct Event {
  int at_ms;
  std::optional<bool> observed;
  bool stale = false;
};

struct Sent {
  int at_ms;
  bool active;
  bool operator==(const Sent&) const = default;
};

struct Row {
  std::string name;
  std::vector<Event> events;
  int until_ms;
  std::vector<Sent> sent;
};

base::SteadyTime at(int ms) {
  return base::SteadyTime(std::chrono::hours(1)) + milliseconds(ms);
}

// Runs the schedule as a stream does: at events, and at each time that next() names.
std::vector<Sent> run(const Row& row) {
  ActivitySchedule schedule;
  std::vector<Sent> sent;
  auto event = row.events.begin();
  int now = 0;
  bool stale = false;
  while (true) {
    std::optional<int> timer;
    if (const auto next = schedule.next()) {
      timer = *next < at(now) ? now : static_cast<int>(duration_cast<milliseconds>(*next - at(0)).count());
    }
    const bool event_first = event != row.events.end() && (!timer || event->at_ms <= *timer);
    if (!event_first && !timer) break;
    now = event_first ? event->at_ms : *timer;
    if (now > row.until_ms) break;
    if (event_first) {
      if (event->observed) schedule.observe(*event->observed);
      stale = event->stale;
      ++event;
    }
    if (stale) {
      if (const auto next = schedule.next(); next && *next <= at(now)) schedule.put_off(at(now));
      continue;
    }
    if (const auto active = schedule.take(at(now))) sent.push_back({now, *active});
  }
  return sent;
}

const std::vector<Row> kRows{
    {"nothing is sent before the first snapshot", {{0, {}}, {5000, {}}}, 10'000, {}},
    {"an inactive trigger is sent once at open and never repeated",
     {{0, false}, {5000, false}},
     2'000'000,
     {{0, false}}},
    {"an active trigger is sent at open, after 3 s, after 10 s and then every 5 minutes",
     {{0, true}},
     620'000,
     {{0, true}, {3000, true}, {10'000, true}, {310'000, true}, {610'000, true}}},
    {"further snapshots of an active trigger send nothing more",
     {{0, true}, {1000, true}, {2000, true}, {2500, true}},
     2900,
     {{0, true}}},
    {"a rising edge is sent at once and repeated",
     {{0, false}, {60'000, true}},
     71'000,
     {{0, false}, {60'000, true}, {63'000, true}, {70'000, true}}},
    {"a falling edge is sent once and ends the repeats",
     {{0, true}, {4000, false}, {5000, false}},
     400'000,
     {{0, true}, {3000, true}, {4000, false}}},
    {"a second rising edge within 2 s waits for them to pass",
     {{0, true}, {500, false}, {700, true}},
     4900,
     {{0, true}, {500, false}, {2000, true}}},
    {"the repeats count from the edge as it was sent",
     {{0, true}, {500, false}, {700, true}},
     12'000,
     {{0, true}, {500, false}, {2000, true}, {5000, true}, {12'000, true}}},
    {"a rising edge that is gone before it may be sent is not sent, nor is its fall",
     {{0, true}, {500, false}, {700, true}, {900, false}},
     100'000,
     {{0, true}, {500, false}}},
    {"an edge that waits while the snapshot is too old is sent with the next one",
     {{0, true}, {500, false}, {700, true}, {1000, {}, true}, {4400, true}},
     7300,
     {{0, true}, {500, false}, {4400, true}}},
    {"what was put off is sent within a second once it may be",
     {{0, true}, {1000, {}, true}, {4400, {}}},
     10'000,
     {{0, true}, {5000, true}, {10'000, true}}},
    {"an edge that fell while it was put off is not sent",
     {{0, false}, {500, true, true}, {5000, false}},
     100'000,
     {{0, false}}},
    {"a rising edge 2 s after the last is sent at once",
     {{0, true}, {500, false}, {2000, true}},
     2900,
     {{0, true}, {500, false}, {2000, true}}},
};

TEST(ActivityScheduleTest, SendsWhatKedaNeedsAndNoMore) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const auto sent = run(row);
    ASSERT_EQ(sent.size(), row.sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(sent[i].at_ms, row.sent[i].at_ms) << "message " << i;
      EXPECT_EQ(sent[i].active, row.sent[i].active) << "message " << i;
    }
  }
}

TEST(ActivityScheduleTest, WhatIsPutOffIsTriedOnceASecond) {
  ActivitySchedule schedule;
  schedule.observe(true);
  int now = 0;
  for (int tries = 0; tries < 5; ++tries) {
    ASSERT_TRUE(schedule.next() && *schedule.next() <= at(now));
    schedule.put_off(at(now));
    EXPECT_EQ(schedule.take(at(now)), std::nullopt);
    now += 1000;
    EXPECT_EQ(schedule.next(), at(now));
  }
  EXPECT_EQ(schedule.take(at(now)), true);
}

TEST(ActivityScheduleTest, FlappingSendsAtMostOneEdgeInTwoSeconds) {
  Row row{"", {}, 20'000, {}};
  for (int ms = 0; ms <= 20'000; ms += 100)
    row.events.push_back({ms, ms % 200 == 0});
  int edges = 0;
  int last = -2000;
  for (const Sent& message : run(row)) {
    if (!message.active) continue;
    EXPECT_GE(message.at_ms - last, 2000);
    last = message.at_ms;
    ++edges;
  }
  EXPECT_GE(edges, 9);
  EXPECT_LE(edges, 11);
}

}  // namespace
}  // namespace weir::rpc
