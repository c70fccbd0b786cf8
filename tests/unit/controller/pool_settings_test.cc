#include "controller/pool_settings.h"

#include <gmock/gmock.h>

#include "pool_fixture.h"

namespace weir::controller {
namespace {

using kube::Json;
using ::testing::HasSubstr;

TEST(PoolSettings, HaveDefaultsWithoutAnnotations) {
  const auto read = read_pool_settings(pool_json(3));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, PoolSettings());
  EXPECT_EQ(read->placement.capacity, 20);
  EXPECT_EQ(read->placement.max_replicas, 50);
}

TEST(PoolSettings, AreReadFromAnnotations) {
  const auto read = read_pool_settings(pool_json(3, {{"weir.dev/capacity", "7"},
                                                     {"weir.dev/min-replicas", "2"},
                                                     {"weir.dev/max-replicas", "9"},
                                                     {"weir.dev/max-vreplicas-per-namespace", "30"},
                                                     {"weir.dev/allowed-namespaces", "team-*, shop"},
                                                     {"weir.dev/ack", "required"},
                                                     {"other.dev/thing", "x"}}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->placement,
            (placement::PoolSettings{
                .capacity = 7, .min_replicas = 2, .max_replicas = 9, .max_vreplicas_per_namespace = 30}));
  EXPECT_EQ(read->allowed_namespaces, (std::vector<std::string>{"team-*", "shop"}));
  EXPECT_TRUE(read->ack_required);
}

TEST(PoolSettings, WrongOnesAreNamedWithARemedy) {
  struct Row {
    const char* sentence;
    Json annotations;
    const char* said;
  };
  const Row rows[] = {
      {"a capacity of none", {{"weir.dev/capacity", "0"}}, "weir.dev/capacity \"0\": must be a whole number from 1"},
      {"a capacity that is no number", {{"weir.dev/capacity", "many"}}, "weir.dev/capacity \"many\": must be"},
      {"a negative minimum", {{"weir.dev/min-replicas", "-1"}}, "weir.dev/min-replicas \"-1\": must be"},
      {"a minimum above the maximum",
       {{"weir.dev/min-replicas", "4"}, {"weir.dev/max-replicas", "3"}},
       "weir.dev/min-replicas \"4\": is more than weir.dev/max-replicas, which is 3"},
      {"an unknown way of acknowledging", {{"weir.dev/ack", "yes"}}, "weir.dev/ack \"yes\": must be required or none"},
      {"a name that is misspelt", {{"weir.dev/capcity", "3"}}, "weir.dev/capcity \"3\": is no annotation of a pool"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    const auto read = read_pool_settings(pool_json(3, row.annotations));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr(row.said));
  }
}

TEST(PoolSettings, PodsThatWouldNotBeSeenAreSaid) {
  auto pool = pool_json(3);
  pool["spec"]["template"]["metadata"]["labels"].erase("weir.dev/pool");
  const auto read = read_pool_settings(pool);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("spec.template.metadata.labels"));
}

TEST(PoolSettings, OthersMayUseItByGlobsOrNotAtAll) {
  const kube::ObjectKey pool{"weir", "dispatcher"};
  EXPECT_TRUE(may_use({}, pool, "weir"));
  EXPECT_FALSE(may_use({}, pool, "shop"));
  const PoolSettings settings{.placement = {}, .allowed_namespaces = {"team-*"}};
  EXPECT_TRUE(may_use(settings, pool, "team-a"));
  EXPECT_FALSE(may_use(settings, pool, "weir"));
}

TEST(PoolOfGroup, IsTheOneItNamesOrTheDefault) {
  auto group = group_json("shop", "orders", 1);
  EXPECT_EQ(pool_of_group(group, {}), (kube::ObjectKey{"weir", "dispatcher"}));
  group["spec"]["pool"].erase("namespace");
  EXPECT_EQ(pool_of_group(group, {}), (kube::ObjectKey{"shop", "dispatcher"}));
  group["spec"].erase("pool");
  EXPECT_EQ(pool_of_group(group, {"weir", "common"}), (kube::ObjectKey{"weir", "common"}));
  EXPECT_EQ(pool_of_group(group, {}), kube::ObjectKey());
}

}  // namespace
}  // namespace weir::controller
