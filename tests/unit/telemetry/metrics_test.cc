#include "telemetry/metrics.h"

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST(Metrics, TheSameNameAndLabelsGiveTheSameMetric) {
  Registry registry;
  registry.counter("weir_rpcs_total", "RPCs answered.", {{"code", "OK"}}).add();
  registry.counter("weir_rpcs_total", "RPCs answered.", {{"code", "OK"}}).add(2);
  registry.counter("weir_rpcs_total", "RPCs answered.", {{"code", "NOT_FOUND"}}).add();
  const std::string text = registry.scrape();
  EXPECT_THAT(text, HasSubstr("weir_rpcs_total{code=\"OK\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("weir_rpcs_total{code=\"NOT_FOUND\"} 1\n"));
  EXPECT_EQ(occurrences(text, "# TYPE weir_rpcs_total counter\n"), 1U);
}

TEST(Metrics, AGaugeGoesBothWays) {
  Registry registry;
  const Gauge gauge = registry.gauge("weir_streams", "Open streams.");
  gauge.set(5);
  gauge.add(-2);
  EXPECT_THAT(registry.scrape(), HasSubstr("weir_streams 3\n"));
}

TEST(Metrics, AHistogramCountsIntoItsBuckets) {
  Registry registry;
  const Histogram histogram = registry.histogram("weir_rpc_seconds", "Time to answer.", {0.005, 0.1});
  for (const double value : {0.001, 0.05, 3.0})
    histogram.observe(value);
  const std::string text = registry.scrape();
  EXPECT_THAT(text, HasSubstr("weir_rpc_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("weir_rpc_seconds_bucket{le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weir_rpc_seconds_bucket{le=\"0.1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("weir_rpc_seconds_bucket{le=\"+Inf\"} 3\n"));
}

TEST(Metrics, DefaultHandlesDoNothing) {
  Counter().add();
  Gauge().set(1);
  Gauge().add(1);
  Histogram().observe(1);
  EXPECT_EQ(Registry().scrape(), "");
}

TEST(Collectors, AreAskedAtEachScrapeUntilTheirGuardGoes) {
  Registry registry;
  double lag = 7;
  auto guard = registry.add_collector(
      [&lag](std::vector<Sample>& out) { out.push_back({"weir_lag", "Lag.", {{"group", "orders"}}, lag}); });
  EXPECT_THAT(registry.scrape(), HasSubstr("# TYPE weir_lag gauge\nweir_lag{group=\"orders\"} 7\n"));
  lag = 8;
  EXPECT_THAT(registry.scrape(), HasSubstr("weir_lag{group=\"orders\"} 8\n"));
  guard.reset();
  EXPECT_EQ(registry.scrape(), "");
}

TEST(Collectors, SamplesOfOneNameMakeOneFamilyWhoeverGaveThem) {
  Registry registry;
  registry.gauge("weir_lag", "Lag.", {{"group", "a"}}).set(1);
  const auto first = registry.add_collector([](std::vector<Sample>& out) {
    out.push_back({"weir_lag", "Lag.", {{"group", "b"}}, 2});
    out.push_back({"weir_other", "Other.", {}, 9});
    out.push_back({"weir_lag", "Lag.", {{"group", "c"}}, 3});
  });
  const auto second = registry.add_collector(
      [](std::vector<Sample>& out) { out.push_back({"weir_lag", "Lag.", {{"group", "b"}}, 4}); });
  const std::string text = registry.scrape();
  EXPECT_EQ(occurrences(text, "# TYPE weir_lag gauge\n"), 1U);
  EXPECT_EQ(occurrences(text, "weir_lag{group=\"b\"}"), 1U) << text;
  EXPECT_THAT(text, HasSubstr("weir_lag{group=\"b\"} 4\n"));
  EXPECT_EQ(occurrences(text, "weir_lag{"), 3U);
}

TEST(Collectors, AGuardMayOutliveItsRegistry) {
  auto registry = std::make_unique<Registry>();
  auto guard = registry->add_collector([](std::vector<Sample>&) {});
  registry.reset();
  guard.reset();
  SUCCEED();
}

TEST(Collectors, AreNotRunningOnceTheirGuardIsGone) {
  Registry registry;
  std::jthread scraper([&registry](std::stop_token stop) {
    while (!stop.stop_requested())
      EXPECT_THAT(registry.scrape(), Not(HasSubstr("-1")));
  });
  for (int i = 0; i < 200; ++i) {
    auto value = std::make_unique<double>(1);
    auto guard = registry.add_collector(
        [held = value.get()](std::vector<Sample>& out) { out.push_back({"weir_value", "Value.", {}, *held}); });
    guard.reset();
    *value = -1;
  }
}

TEST(Metrics, HostileLabelValuesStayInsideTheirQuotes) {
  Registry registry;
  registry.counter("weir_a_total", "A.", {{"group", "x\"} 1\nweir_forged 2\\"}}).add();
  const auto guard = registry.add_collector(
      [](std::vector<Sample>& out) { out.push_back({"weir_b", "B.", {{"group", "a\xFFz"}}, 1}); });
  const std::string text = registry.scrape();
  EXPECT_THAT(text, HasSubstr(R"(weir_a_total{group="x\"} 1\nweir_forged 2\\"} 1)"));
  EXPECT_THAT(text, HasSubstr("weir_b{group=\"a\xEF\xBF\xBDz\"} 1\n"));
}

// What promtool says of `text`; empty when it is content.
std::string promtool(const std::string& text) {
  const std::string path = testing::TempDir() + "weir_metrics_test.prom";
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return "cannot write " + path;
  std::fputs(text.c_str(), file);
  std::fclose(file);
  std::FILE* const pipe = popen(("promtool check metrics <" + path + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "cannot run promtool";
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    output += static_cast<char>(c);
  const int status = pclose(pipe);
  std::remove(path.c_str());
  return status == 0 ? output : output + "promtool failed";
}

TEST(Metrics, PromtoolAcceptsAScrape) {
  Registry registry;
  registry.counter("weir_rpcs_total", "RPCs answered.", {{"code", "OK"}}).add();
  registry.gauge("weir_streams", "Open streams.").set(2);
  registry.histogram("weir_rpc_duration_seconds", "Time to answer an RPC.", {0.001, 0.01}).observe(0.002);
  const auto guard = registry.add_collector([](std::vector<Sample>& out) {
    out.push_back({"weir_group_lag_records", "Records not yet read.", {{"group", "a \"b\"\n\xFF"}}, 12});
  });
  EXPECT_EQ(promtool(registry.scrape()), "");
  EXPECT_THAT(promtool("weir_x_total{ 1\n"), HasSubstr("promtool failed"));
}

}  // namespace
}  // namespace weir::telemetry
