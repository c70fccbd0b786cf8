#include "monitor/schedule.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace weir::monitor {
namespace {

using namespace std::chrono_literals;

const base::SteadyTime kNow{123'456'789ms};

TEST(Schedule, EachGroupIsDueOnceAnInterval) {
  const Schedule schedule(5s);
  for (int i = 0; i < 100; ++i) {
    const auto group = "group-" + std::to_string(i);
    const auto first = schedule.next("shop", Schedule::slot_of(group), kNow);
    EXPECT_GT(first, kNow) << group;
    EXPECT_LE(first, kNow + 5s) << group;
    EXPECT_EQ(schedule.next("shop", Schedule::slot_of(group), first), first + 5s) << group;
    EXPECT_EQ(schedule.next("shop", Schedule::slot_of(group), first + 300ms), first + 5s) << group;
  }
}

TEST(Schedule, GroupsSpreadOverTenSlots) {
  const Schedule schedule(5s);
  std::map<base::SteadyTime, int> slots;
  for (int i = 0; i < 1000; ++i)
    ++slots[schedule.next("shop", Schedule::slot_of("group-" + std::to_string(i)), kNow)];
  EXPECT_EQ(slots.size(), 10u);
  for (const auto& [time, count] : slots)
    EXPECT_NEAR(count, 100, 50);
}

struct Load {
  const char* name;
  std::chrono::milliseconds busy;  // a batch of a tenth
  bool grows;
};

class ScheduleLoad : public ::testing::TestWithParam<Load> {};

TEST_P(ScheduleLoad, IntervalFollowsTheLoad) {
  Schedule schedule(5s);
  for (int i = 0; i < 100; ++i)
    schedule.record(GetParam().busy, 100, 1000);
  if (GetParam().grows) {
    EXPECT_NEAR(static_cast<double>(schedule.interval().count()), static_cast<double>(GetParam().busy.count()) * 20,
                50);
  } else {
    EXPECT_EQ(schedule.interval(), 5s);
  }
  for (int i = 0; i < 200; ++i)
    schedule.record(1ms, 100, 1000);
  EXPECT_EQ(schedule.interval(), 5s) << "falls back when the load is gone";
}

INSTANTIATE_TEST_SUITE_P(Table, ScheduleLoad,
                         ::testing::Values(Load{"a light load keeps the interval", 5ms, false},
                                           Load{"exactly half keeps the interval", 250ms, false},
                                           Load{"more than half stretches it to twice the time", 600ms, true}),
                         [](const auto& param) {
                           std::string name = param.param.name;
                           for (char& c : name)
                             if (c == ' ') c = '_';
                           return name;
                         });

TEST(Schedule, ALoadStretchesTheIntervalOfWhoeverCausesIt) {
  Schedule schedule(5s);
  const Shares groups{{"large", 5000}, {"small", 10}};
  for (int i = 0; i < 100; ++i)
    schedule.record(500ms, 250, 5010);
  schedule.share(groups);
  EXPECT_GT(schedule.interval(), 15s) << "refreshing all takes ten seconds";
  EXPECT_EQ(schedule.interval("small"), 5s);
  EXPECT_GT(schedule.interval("large"), 15s);
  EXPECT_EQ(schedule.next("small", Schedule::slot_of("g"), schedule.next("small", Schedule::slot_of("g"), kNow)),
            schedule.next("small", Schedule::slot_of("g"), kNow) + 5s);
  for (int i = 0; i < 200; ++i)
    schedule.record(1ms, 250, 5010);
  schedule.share(groups);
  EXPECT_EQ(schedule.interval("large"), 5s) << "falls back when the load is gone";
}

TEST(Schedule, ABatchThatWaitedInVainOnlyMakesTheIntervalLonger) {
  Schedule schedule(5s);
  const auto record = [&](std::chrono::milliseconds busy, std::size_t total) {
    for (int i = 0; i < 100; ++i)
      schedule.record_waited(busy, 1000, total, 30s);
    return static_cast<double>(schedule.interval().count());
  };
  EXPECT_EQ(record(2s, 1000), 5000) << "no more than half of the interval";
  EXPECT_NEAR(record(2s, 5000), 20'000, 50) << "five batches of 2 s";
  EXPECT_NEAR(record(1ms, 5000), 20'000, 50) << "those that failed at once took nothing";
  EXPECT_NEAR(record(2s, 50'000), 30'000, 50) << "those that answer are not to wait longer than that";
  for (int i = 0; i < 200; ++i)
    schedule.record(1ms, 1000, 5000);
  EXPECT_EQ(schedule.interval(), 5s) << "falls back when all answer";
}

TEST(Schedule, ABatchOfFewSaysNothing) {
  Schedule schedule(5s);
  for (int i = 0; i < 100; ++i)
    schedule.record(100ms, 1, 1000);
  EXPECT_EQ(schedule.interval(), 5s);
}

}  // namespace
}  // namespace weir::monitor
