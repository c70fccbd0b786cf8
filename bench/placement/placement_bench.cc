// Measures src/placement: all groups from nothing, one group's change, nothing to change, a look for something to
// improve.
#include <string>

#include <benchmark/benchmark.h>

#include "placement/scheduler.h"

namespace weir::placement {
namespace {

constexpr Count kCapacity = 25;
constexpr Count kVReplicas = 20;
constexpr Count kZones = 3;
constexpr base::SteadyTime kNow{std::chrono::hours(1000)};

GroupKey key_of(std::int64_t group) {
  return {"groups", "group-" + std::to_string(group)};
}

// A pool of pods on a node each, in zones in turn.
std::unique_ptr<Scheduler> make_pool(std::int64_t pods, const std::string& profile) {
  auto scheduler = std::make_unique<Scheduler>(make_profile(*built_in_profile(profile)).value());
  const auto count = static_cast<Count>(pods);
  scheduler->set_pool({.capacity = kCapacity, .min_replicas = count, .max_replicas = count}, {.replicas = count});
  for (Ordinal ordinal = 0; ordinal < count; ++ordinal) {
    const std::string node = "node-" + std::to_string(ordinal);
    scheduler->set_node({.name = node, .zone = "zone-" + std::to_string(ordinal % kZones)}, kNow);
    scheduler->set_pod({.ordinal = ordinal, .node = node}, kNow);
  }
  return scheduler;
}

void want_all(Scheduler& scheduler, std::int64_t groups) {
  for (std::int64_t group = 0; group < groups; ++group)
    scheduler.set_group(key_of(group), {.vreplicas = kVReplicas, .partitions = kVReplicas});
}

Count pending(const Decision& decision) {
  Count sum = 0;
  for (const GroupOutcome& outcome : decision.groups)
    sum += outcome.pending;
  return sum;
}

void all_from_nothing(benchmark::State& state, const std::string& profile) {
  for (auto _ : state) {
    state.PauseTiming();
    auto scheduler = make_pool(state.range(0), profile);
    scheduler->run(kNow);
    state.ResumeTiming();
    want_all(*scheduler, state.range(1));
    const Decision decision = scheduler->run(kNow);
    state.PauseTiming();
    if (pending(decision) > 0) state.SkipWithError("not everything was placed");
    scheduler.reset();
    state.ResumeTiming();
  }
}

// One virtual replica more and one less in turn, of one group after the other.
void one_change(benchmark::State& state, const std::string& profile) {
  const auto scheduler = make_pool(state.range(0), profile);
  want_all(*scheduler, state.range(1));
  scheduler->run(kNow);
  std::int64_t call = 0;
  for (auto _ : state) {
    const Count more = call / state.range(1) % 2 == 0 ? 1 : 0;
    scheduler->set_group(key_of(call++ % state.range(1)),
                         {.vreplicas = kVReplicas + more, .partitions = 2 * kVReplicas});
    const Decision decision = scheduler->run(kNow);
    if (decision.groups.size() != 1) state.SkipWithError("not just one group changed");
  }
}

// A group's whole coming and going: from 0 to all it wants, and back.
void zero_to_all(benchmark::State& state) {
  const auto scheduler = make_pool(state.range(0), "default");
  want_all(*scheduler, state.range(1));
  scheduler->run(kNow);
  bool up = false;
  for (auto _ : state) {
    scheduler->set_group(key_of(7), {.vreplicas = up ? kVReplicas : 0, .partitions = kVReplicas});
    benchmark::DoNotOptimize(scheduler->run(kNow));
    up = !up;
  }
}

// One group as large as a ConsumerGroup may be, over all pods.
void one_large_group(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto scheduler = make_pool(state.range(0), "default");
    scheduler->run(kNow);
    state.ResumeTiming();
    scheduler->set_group(key_of(0), {.vreplicas = 10'000});
    benchmark::DoNotOptimize(scheduler->run(kNow));
    state.PauseTiming();
    scheduler.reset();
    state.ResumeTiming();
  }
}

// Cycles that look for a move that is worth it, and find none.
void run_cycles(benchmark::State& state, Scheduler& scheduler) {
  base::SteadyTime now = kNow;
  scheduler.run(now);
  for (auto _ : state) {
    now += std::chrono::minutes(1);
    scheduler.set_node({.name = "another", .zone = "zone-0"}, now);
    benchmark::DoNotOptimize(scheduler.run(now));
  }
}

// At each of its pods.
void large_group_looked_at(benchmark::State& state) {
  const auto scheduler = make_pool(state.range(0), "default");
  scheduler->set_group(key_of(0), {.vreplicas = 10'000});
  run_cycles(state, *scheduler);
}

void nothing_to_change(benchmark::State& state) {
  const auto scheduler = make_pool(state.range(0), "default");
  want_all(*scheduler, state.range(1));
  scheduler->run(kNow);
  for (auto _ : state)
    benchmark::DoNotOptimize(scheduler->run(kNow));
}

// One pod after the other goes, its share is placed again, and it comes back.
void pod_lost(benchmark::State& state) {
  const auto scheduler = make_pool(state.range(0), "default");
  want_all(*scheduler, state.range(1));
  scheduler->run(kNow);
  Ordinal pod = 0;
  std::size_t moves = 0;
  for (auto _ : state) {
    scheduler->remove_pod(pod, kNow);
    moves += scheduler->run(kNow).steps.size();
    scheduler->set_pod({.ordinal = pod, .node = "node-" + std::to_string(pod)}, kNow);
    benchmark::DoNotOptimize(scheduler->run(kNow));
    pod = static_cast<Ordinal>((pod + 1) % state.range(0));
  }
  state.counters["moves"] = benchmark::Counter(static_cast<double>(moves), benchmark::Counter::kAvgIterations);
}

// At every group.
void look_for_moves(benchmark::State& state) {
  const auto scheduler = make_pool(state.range(0), "default");
  want_all(*scheduler, state.range(1));
  run_cycles(state, *scheduler);
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t size : {100, 1'000, 10'000})
    bench->Args({size, size});
  bench->Args({10'000, 1'000});
  bench->ArgNames({"pods", "groups"});
}

BENCHMARK_CAPTURE(all_from_nothing, default, "default")->Apply(sizes)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(all_from_nothing, knative_1_17, "knative-1.17")->Apply(sizes)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_change, default, "default")->Apply(sizes)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(one_change, knative_1_17, "knative-1.17")->Apply(sizes)->Unit(benchmark::kMicrosecond);
BENCHMARK(zero_to_all)->Apply(sizes)->Unit(benchmark::kMicrosecond);
BENCHMARK(one_large_group)->Arg(1'000)->Arg(10'000)->ArgName("pods")->Unit(benchmark::kMillisecond);
BENCHMARK(large_group_looked_at)->Arg(1'000)->Arg(10'000)->ArgName("pods")->Unit(benchmark::kMillisecond);
BENCHMARK(nothing_to_change)->Apply(sizes)->Unit(benchmark::kMicrosecond);
BENCHMARK(pod_lost)->Apply(sizes)->Unit(benchmark::kMicrosecond);
BENCHMARK(look_for_moves)->Apply(sizes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace weir::placement

BENCHMARK_MAIN();
