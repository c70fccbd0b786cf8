#include "telemetry/metrics.h"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <sstream>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "telemetry/utf8.h"

namespace weir::telemetry {
namespace {

// One bad byte in a label value makes Prometheus refuse the whole scrape.
Labels valid_labels(const Labels& labels) {
  Labels valid;
  for (const auto& [name, value] : labels)
    valid.emplace(name, to_valid_utf8(value));
  return valid;
}

// Collectors by the id that their guards know. Guards share it, so that either side may die first.
struct Collectors {
  std::mutex mutex;
  std::map<std::uint64_t, std::function<void(std::vector<Sample>&)>> by_id;
  std::uint64_t last_id = 0;
};

struct Computed {
  std::string help;
  std::map<Labels, double> values;  // a sample given twice would be refused: the last stands
};

std::map<std::string, Computed> run_collectors(Collectors& collectors) {
  std::vector<Sample> samples;
  {
    const std::scoped_lock lock(collectors.mutex);
    for (const auto& [id, collector] : collectors.by_id)
      collector(samples);
  }
  std::map<std::string, Computed> families;
  for (Sample& sample : samples) {
    Computed& family = families[sample.name];
    family.help = std::move(sample.help);
    family.values[valid_labels(sample.labels)] = sample.value;
  }
  return families;
}

prometheus::ClientMetric to_gauge(const Labels& labels, double value) {
  prometheus::ClientMetric metric;
  for (const auto& [name, text] : labels)
    metric.label.push_back({name, text});
  metric.gauge.value = value;
  return metric;
}

void merge(std::vector<prometheus::MetricFamily>& families, const std::string& name, const Computed& computed) {
  auto family = std::ranges::find(families, name, &prometheus::MetricFamily::name);
  if (family == families.end()) {
    family = families.insert(families.end(), {name, computed.help, prometheus::MetricType::Gauge, {}});
  }
  for (const auto& [labels, value] : computed.values)
    family->metric.push_back(to_gauge(labels, value));
}

}  // namespace

void Counter::add(double amount) const {
  if (counter_ != nullptr) static_cast<prometheus::Counter*>(counter_)->Increment(amount);
}

void Gauge::set(double value) const {
  if (gauge_ != nullptr) static_cast<prometheus::Gauge*>(gauge_)->Set(value);
}

void Gauge::add(double amount) const {
  if (gauge_ != nullptr) static_cast<prometheus::Gauge*>(gauge_)->Increment(amount);
}

void Histogram::observe(double value) const {
  if (histogram_ != nullptr) static_cast<prometheus::Histogram*>(histogram_)->Observe(value);
}

struct Registry::Impl {
  prometheus::Registry registry;
  std::shared_ptr<Collectors> collectors = std::make_shared<Collectors>();
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  Counter counter;
  counter.counter_ =
      &prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(valid_labels(labels));
  return counter;
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  Gauge gauge;
  gauge.gauge_ = &prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(valid_labels(labels));
  return gauge;
}

Histogram Registry::histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                              const Labels& labels) {
  Histogram histogram;
  histogram.histogram_ =
      &prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry).Add(valid_labels(labels), buckets);
  return histogram;
}

std::shared_ptr<void> Registry::add_collector(std::function<void(std::vector<Sample>&)> collector) {
  const std::shared_ptr<Collectors> collectors = impl_->collectors;
  const std::scoped_lock lock(collectors->mutex);
  const std::uint64_t id = ++collectors->last_id;
  collectors->by_id.emplace(id, std::move(collector));
  return {collectors.get(), [collectors, id](void*) {
            const std::scoped_lock removal(collectors->mutex);
            collectors->by_id.erase(id);
          }};
}

std::string Registry::scrape() const {
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  for (const auto& [name, computed] : run_collectors(*impl_->collectors))
    merge(families, name, computed);
  std::erase_if(families, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace weir::telemetry
