#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/plan_report.h"

namespace weir::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kProblem = R"(pool: {name: dispatcher, capacity: 20, minReplicas: 2}
nodes:
  - {name: n1, zone: a}
  - {name: n2, zone: b}
pods:
  - {name: dispatcher-0, node: n1}
  - {name: dispatcher-1, node: n2}
groups:
  - {name: shop/orders, replicas: 4, partitions: 12, placements: {dispatcher-0: 3}}
  - {name: invoices, namespace: billing, replicas: 1}
)";

std::string with(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

PlanResult plan_of(const std::string& text, const std::string& profile = "default") {
  const PlanReading reading = read_plan("p.yaml", text);
  EXPECT_EQ(render(reading.findings), "");
  return plan(reading.problem, *find_profile(reading.problem, profile), std::chrono::minutes(10));
}

struct Row {
  const char* sentence;
  const char* what;  // of kProblem
  const char* by;
  const char* finding;
};

TEST(PlanProblem, WrongInputNamesLineAndRemedy) {
  const Row rows[] = {
      {"an unknown plugin", "groups:", "profiles:\n  mine:\n    scores: [ZoneSpred]\ngroups:",
       "p.yaml:10: error: profiles.mine.scores[0]: \"ZoneSpred\" is no score plugin; did you mean ZoneSpread?"},
      {"a plugin of another kind",
       "groups:", "profiles:\n  mine:\n    filters: [{name: LowestOrdinalPriority}]\ngroups:",
       "p.yaml:10: error: profiles.mine.filters[0].name: \"LowestOrdinalPriority\" is no filter plugin; write one of"},
      {"an argument that is not taken",
       "groups:", "profiles:\n  mine:\n    filters:\n      - {name: EvenPodSpread, args: {MinSkew: 1}}\ngroups:",
       "p.yaml:11: error: profiles.mine.filters[0].args: EvenPodSpread takes no argument MinSkew, only MaxSkew"},
      {"an unknown profile", "groups:", "profile: defualt\ngroups:",
       "p.yaml:8: error: profile: \"defualt\": there is no such profile; write one of default, compact"},
      {"a negative capacity", "capacity: 20", "capacity: -1",
       "p.yaml:1: error: pool.capacity: \"-1\": write a whole number of 1 to 1000000"},
      {"a capacity that is no number", "capacity: 20", "capacity: many",
       "pool.capacity: \"many\": write a whole number"},
      {"a minimum above the maximum", "minReplicas: 2", "minReplicas: 60",
       "p.yaml:1: error: pool.minReplicas: 60 is more than maxReplicas, which is 50"},
      {"a pod that is there twice", "dispatcher-1, node", "dispatcher-0, node",
       "p.yaml:7: error: pods[1].name: \"dispatcher-0\": another pod has this name; keep one"},
      {"a pod of another pool", "name: dispatcher-1,", "name: worker-1,",
       "p.yaml:7: error: pods[1].name: pod \"worker-1\": must be dispatcher-N"},
      {"a pod on a node that is not listed", "node: n2", "node: n22",
       "p.yaml:7: error: pods[1].node: \"n22\" is not under nodes; did you mean n2?"},
      {"a pod without a node", ", node: n2", "", "p.yaml:7: error: pods[1].node: missing; write the name of a node"},
      {"a state that there is not", "node: n2", "node: n2, state: ill",
       "p.yaml:7: error: pods[1].state: \"ill\": write one of running, pending, terminating, failed, gone"},
      {"a node that is there twice", "name: n2, zone", "name: n1, zone",
       "p.yaml:4: error: nodes[1].name: \"n1\": another node has this name; keep one"},
      {"a placement on a pod that is gone", "dispatcher-0: 3", "dispatcher-7: 3",
       "p.yaml:9: error: groups[0].placements.dispatcher-7: there is no pod dispatcher-7; take the placement out, or "
       "list the pod with state: gone"},
      {"a placement on what is no pod", "dispatcher-0: 3", "orders: 3", "must be dispatcher-N"},
      {"a negative placement", "dispatcher-0: 3", "dispatcher-0: -3", "\"-3\": write a whole number of 0 to 10000"},
      {"a group that is there twice", "name: invoices, namespace: billing", "name: shop/orders",
       "p.yaml:10: error: groups[1].name: \"shop/orders\": another group has this name; keep one"},
      {"no replicas", "replicas: 4, ", "", "p.yaml:9: error: groups[0].replicas: missing"},
      {"too many replicas", "replicas: 4", "replicas: 10001", "write a whole number of 0 to 10000"},
      {"partitions of 0", "partitions: 12", "partitions: 0", "groups[0].partitions: \"0\": write a whole number of 1"},
      {"replicas that cost nothing", "partitions: 12", "vreplicaCost: 0",
       "p.yaml:9: error: groups[0].vreplicaCost: \"0\": write a whole number of 1 to 1000"},
      {"replicas that cost too much", "partitions: 12", "vreplicaCost: 1001", "write a whole number of 1 to 1000"},
      {"a mistyped key", "capacity: 20", "capactiy: 20",
       "p.yaml:1: error: pool.capactiy: is not a known key; did you mean capacity?"},
      {"a duration without a unit", "{name: n2, zone: b}", "{name: n2, zone: b, ready: false, for: 60}",
       "p.yaml:4: error: nodes[1].for: \"60\": write a duration with a unit"},
      {"no YAML", "pods:", "pods: [", "is not YAML"},
      {"pods that are no list", "pods:\n  - {name: dispatcher-0, node: n1}\n  - {name: dispatcher-1, node: n2}",
       "pods: 3", "p.yaml:5: error: pods: must be a list of pods"},
  };
  for (const Row& row : rows) {
    const PlanReading reading = read_plan("p.yaml", with(kProblem, row.what, row.by));
    EXPECT_TRUE(has_errors(reading.findings)) << row.sentence;
    EXPECT_THAT(render(reading.findings), HasSubstr(row.finding)) << row.sentence;
  }
}

TEST(PlanProblem, AnEmptyFileSaysWhatToWrite) {
  EXPECT_THAT(render(read_plan("p.yaml", "").findings), HasSubstr("with pool, nodes, pods and groups"));
  EXPECT_THAT(render(read_plan("p.yaml", "- 1\n").findings),
              HasSubstr("must be a map with pool, nodes, pods and groups"));
}

TEST(PlanProblem, KnativesProfilesAreTakenAsTheyWereWritten) {
  const PlanReading reading = read_plan("p.yaml", std::string(kProblem) + R"(profile: old
profiles:
  old:
    predicates:
      - {Name: PodFitsResources}
      - {Name: NoMaxResourceCount, Args: '{"NumPartitions": 100}'}
    priorities:
      - {Name: AvailabilityZonePriority, Weight: 10, Args: '{"MaxSkew": 2}'}
      - {Name: LowestOrdinalPriority, Weight: 2}
    deschedulerPriorities:
      - {Name: RemoveWithHighestOrdinalPriority, Weight: 2}
)");
  EXPECT_EQ(render(reading.findings), "");
  const placement::ProfileSpec& spec = reading.problem.profiles.at("old");
  EXPECT_EQ(spec.filters[1].args.at("NumPartitions"), 100);
  ASSERT_EQ(spec.scores.size(), 1U);
  EXPECT_EQ(spec.scores[0][0], (placement::PluginSpec{"AvailabilityZonePriority", 10, {{"MaxSkew", 2}}}));
  EXPECT_EQ(spec.removals[0][0].weight, 2);
}

TEST(PlanReport, SaysWhatHasChangedAndWhichPluginDecided) {
  const PlanReading reading = read_plan("p.yaml", kProblem);
  EXPECT_EQ(plan_table(reading.problem, plan_of(kProblem)),
            R"(GROUP             POD           NODE  ZONE  VREPLICAS  BEFORE
billing/invoices  dispatcher-0  n1    a             1       0
shop/orders       dispatcher-0  n1    a             2       3
shop/orders       dispatcher-1  n2    b             2       0

AFTER  GROUP             EVENT        FROM          TO            COUNT  DECIDED BY
0s     billing/invoices  Placed       -             dispatcher-0      1  LowestOrdinalPriority: ordinal 0, ordinal 1
0s     shop/orders       Placed       -             dispatcher-1      1  ZoneSpread: zone b has 0, zone a has 3
30s    shop/orders       Rebalancing  dispatcher-0  dispatcher-1      1  ZoneSpread: zone b has 1, zone a has 2

pool     dispatcher, capacity 20 each, 2 pods
placed   5 on 2 pods, 1 moved, 0 pending
skew     zones 1, nodes 1
profile  default
)");
}

TEST(PlanReport, LinesFitTheTerminal) {
  const PlanReading reading = read_plan("p.yaml", kProblem);
  EXPECT_THAT(plan_table(reading.problem, plan_of(kProblem), 100), HasSubstr(R"(
0s     billing/invoices  Placed       -             dispatcher-0      1  LowestOrdinalPriority:
                                                                         ordinal 0, ordinal 1
0s     shop/orders       Placed       -             dispatcher-1      1  ZoneSpread: zone b has 0,
                                                                         zone a has 3
)"));
}

TEST(PlanReport, SaysWhatIsPendingAndWhy) {
  const PlanReading reading =
      read_plan("p.yaml", with(with(kProblem, "capacity: 20", "capacity: 1"), "minReplicas: 2", "maxReplicas: 2"));
  const PlanResult result = plan(reading.problem, *find_profile(reading.problem, "default"), std::chrono::minutes(0));
  EXPECT_THAT(plan_table(reading.problem, result),
              HasSubstr("PENDING  REASON\nshop/orders        1  PoolAtMaximum: every pod is full, and there are"));
}

TEST(PlanReport, ShowsWhatReplicasCostWhereItIsNotOneForAll) {
  const std::string costly = with(kProblem, "partitions: 12", "vreplicaCost: 7");
  const PlanReading reading = read_plan("p.yaml", costly);
  const PlanResult result = plan_of(costly);
  EXPECT_THAT(plan_table(reading.problem, result),
              HasSubstr("GROUP             POD           NODE  ZONE  VREPLICAS  BEFORE  COST EACH\n"
                        "billing/invoices  dispatcher-1  n2    b             1       0          1\n"
                        "shop/orders       dispatcher-0  n1    a             2       3          7\n"
                        "shop/orders       dispatcher-1  n2    b             2       0          7\n"));
  EXPECT_EQ(plan_json(reading.problem, result)["groups"][0]["vreplicaCost"], 1);
  EXPECT_EQ(plan_json(reading.problem, result)["groups"][1]["vreplicaCost"], 7);
}

TEST(PlanReport, SaysThatOneCostsMoreThanAPodHas) {
  const std::string costly = with(kProblem, "partitions: 12, placements: {dispatcher-0: 3}", "vreplicaCost: 21");
  const PlanReading reading = read_plan("p.yaml", costly);
  EXPECT_THAT(plan_table(reading.problem, plan_of(costly)),
              HasSubstr("shop/orders        4  CostAboveCapacity: one takes 21 of a pod's capacity, which is 20: give "
                        "the pool a larger capacity, or the group a smaller vreplicaCost\n"));
}

TEST(PlanReport, JsonHasAllOfIt) {
  const PlanReading reading = read_plan("p.yaml", kProblem);
  const auto json = plan_json(reading.problem, plan_of(kProblem));
  EXPECT_EQ(json["groups"][1]["placements"][1]["podName"], "dispatcher-1");
  EXPECT_EQ(json["groups"][1]["placements"][1]["zone"], "b");
  EXPECT_EQ(json["steps"][1]["decidedBy"]["plugin"], "ZoneSpread");
  EXPECT_EQ(json["steps"][2]["event"], "Rebalancing");
  EXPECT_EQ(json["steps"][2]["afterSeconds"], 30.0);
  EXPECT_EQ(json["moves"], 1);
  EXPECT_TRUE(json["groups"][0]["pending"].is_null());
}

TEST(PlanReport, ProfilesAreComparedSideBySide) {
  const PlanReading reading = read_plan("p.yaml", kProblem);
  const std::string text = plan_comparison(reading.problem, plan_of(kProblem), plan_of(kProblem, "compact"));
  EXPECT_THAT(text, HasSubstr("GROUP        POD           NODE  ZONE  BEFORE  default  compact\n"
                              "shop/orders  dispatcher-0  n1    a          3        2        4\n"
                              "shop/orders  dispatcher-1  n2    b          0        2        0\n"));
  EXPECT_THAT(text, HasSubstr("zone skew          1        4\n"));
}

TEST(PlanReport, TheExampleIsFreeOfErrors) {
  std::ifstream file(WEIR_SOURCE_DIR "/examples/plan.yaml");
  std::stringstream text;
  text << file.rdbuf();
  const PlanResult result = plan_of(text.str());
  EXPECT_EQ(result.pending(), 0);
  EXPECT_EQ(result.moves(), 1);
}

}  // namespace
}  // namespace weir::cli
