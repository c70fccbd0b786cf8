#include "cli/keda_model.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace weir::cli {
namespace {

using std::chrono::milliseconds;
using weir::testing::FakeClock;

Poll poll(double metric, bool active) {
  return {.metric = metric, .target = 50, .active = active};
}

TEST(KedaModel, GoesFromZeroToOneByPushOrPoll) {
  const FakeClock clock;
  KedaModel pushed({});
  EXPECT_FALSE(pushed.pushed(false, clock.now())) << "KEDA acts on true only";
  EXPECT_EQ(pushed.pushed(true, clock.now())->to, 1);
  EXPECT_FALSE(pushed.pushed(true, clock.now()));
  KedaModel polled({});
  EXPECT_FALSE(polled.polled(poll(0, false), clock.now()));
  EXPECT_EQ(polled.polled(poll(900, true), clock.now())->to, 1) << "the HPA does not run at 0 replicas";
}

struct HpaRow {
  const char* name;
  double metric;
  int from, to;
};

class Hpa : public ::testing::TestWithParam<HpaRow> {};

TEST_P(Hpa, DividesByTheTargetOutsideItsTolerance) {
  const FakeClock clock;
  KedaModel keda({.max_replicas = 12});
  keda.pushed(true, clock.now());
  if (GetParam().from > 1) keda.polled(poll(GetParam().from * 50, true), clock.now());
  ASSERT_EQ(keda.replicas(), GetParam().from);
  keda.polled(poll(GetParam().metric, true), clock.now());
  EXPECT_EQ(keda.replicas(), GetParam().to);
}

INSTANTIATE_TEST_SUITE_P(Rows, Hpa,
                         ::testing::Values(HpaRow{"rounds_up", 101, 1, 3}, HpaRow{"stops_at_max", 5000, 1, 12},
                                           HpaRow{"keeps_one", 0, 4, 1}, HpaRow{"holds_below_110_percent", 54, 1, 1},
                                           HpaRow{"moves_above_110_percent", 56, 1, 2},
                                           HpaRow{"holds_at_11_of_12", 600, 11, 11}, HpaRow{"scales_down", 100, 10, 2}),
                         [](const auto& row) { return row.param.name; });

TEST(KedaModel, GoesToZeroOnceInactiveForTheCooldown) {
  FakeClock clock;
  KedaModel keda({.cooldown = milliseconds(5000)});
  keda.pushed(true, clock.now());
  keda.polled(poll(200, true), clock.now());
  clock.advance(milliseconds(4999));
  keda.polled(poll(0, false), clock.now());
  EXPECT_EQ(keda.replicas(), 1) << "the HPA's least";
  clock.advance(milliseconds(1));
  const auto event = keda.polled(poll(0, false), clock.now());
  ASSERT_TRUE(event);
  EXPECT_EQ(event->from, 1);
  EXPECT_EQ(event->to, 0);
}

TEST(KedaModel, ActivityStartsTheCooldownAnew) {
  FakeClock clock;
  KedaModel keda({.cooldown = milliseconds(5000)});
  keda.pushed(true, clock.now());
  clock.advance(milliseconds(4000));
  keda.pushed(true, clock.now());
  clock.advance(milliseconds(4000));
  keda.polled(poll(0, false), clock.now());
  EXPECT_EQ(keda.replicas(), 1);
}

}  // namespace
}  // namespace weir::cli
