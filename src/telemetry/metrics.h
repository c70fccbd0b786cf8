#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::telemetry {

using Labels = std::map<std::string, std::string>;

// Handles into a Registry, valid as long as it lives. Thread-safe; a default one does nothing.
class Counter {
 public:
  void add(double amount = 1) const;

 private:
  friend class Registry;
  void* counter_ = nullptr;
};

class Gauge {
 public:
  void set(double value) const;
  void add(double amount) const;

 private:
  friend class Registry;
  void* gauge_ = nullptr;
};

class Histogram {
 public:
  void observe(double value) const;

 private:
  friend class Registry;
  void* histogram_ = nullptr;
};

// One gauge that a collector reports at a scrape.
struct Sample {
  std::string name;
  std::string help;
  Labels labels;
  double value = 0;
};

// All metrics of a process, in Prometheus text. Names start with `weir_`. Thread-safe.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The same name and labels give the same metric.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                      const Labels& labels = {});

  // Called at each scrape for gauges that are computed then (lag per subscription). Must not block, nor use this
  // registry. Dropping the returned guard takes it away, after a call that is running; the guard may outlive the
  // registry.
  [[nodiscard]] std::shared_ptr<void> add_collector(std::function<void(std::vector<Sample>&)> collector);

  // The text exposition format 0.0.4.
  std::string scrape() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::telemetry
