#include "controller/lag_book.h"

#include <algorithm>
#include <condition_variable>
#include <utility>

#include "controller/group_status.h"

namespace weir::controller {
namespace {

constexpr std::chrono::seconds kOpenAgainAfter{2};
constexpr std::chrono::milliseconds kPatience{5000};

bool same_trigger(const lag::TriggerReference& a, const lag::TriggerReference& b) {
  return a.ns == b.ns && a.name == b.name && a.metadata == b.metadata;
}

LagBook::Reading to_reading(const base::Result<lag::LagSummary>& summary) {
  if (!summary) return std::unexpected(summary.error());
  return LagReading{
      .partitions = summary->partitions, .lag = summary->total_lag, .desired_replicas = summary->desired_replicas};
}

}  // namespace

bool is_news(const std::optional<LagBook::Reading>& before, const LagBook::Reading& now) {
  if (!before || before->has_value() != now.has_value()) return true;
  if (!now) return before->error() != now.error();
  return (*before)->partitions != now->partitions ||
         lag_is_news((*before)->lag, now->lag, (*before)->desired_replicas != now->desired_replicas);
}

LagBook::LagBook(lag::LagNewsClient& client, telemetry::Logger logger, std::function<void(const kube::ObjectKey&)> news)
    : client_(client), logger_(std::move(logger)), news_(std::move(news)) {}

LagBook::~LagBook() {
  thread_.request_stop();
  const std::scoped_lock lock(mutex_);
  if (stream_) stream_->cancel();
}

void LagBook::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void LagBook::want(const kube::ObjectKey& key, const lag::TriggerReference& trigger, base::SteadyTime now) {
  const std::scoped_lock lock(mutex_);
  auto& entry = entries_[key];
  if (entry.id == 0) entry.wanted = now;
  if (entry.id != 0 && same_trigger(entry.trigger, trigger)) return;
  by_id_.erase(entry.id);
  if (entry.id != 0 && serves_) stream_->forget(entry.id);
  entry.id = ++last_id_;
  entry.trigger = trigger;
  by_id_[entry.id] = key;
  if (serves_) stream_->want(entry.id, trigger);
}

void LagBook::forget(const kube::ObjectKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  if (serves_) stream_->forget(found->second.id);
  by_id_.erase(found->second.id);
  entries_.erase(found);
}

std::optional<LagBook::Reading> LagBook::reading(const kube::ObjectKey& key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::nullopt : found->second.reading;
}

std::chrono::milliseconds LagBook::patience(const kube::ObjectKey& key, base::SteadyTime now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (away_ || found == entries_.end() || found->second.reading) return {};
  const auto waited = std::chrono::floor<std::chrono::milliseconds>(now - found->second.wanted);
  return std::max(kPatience - waited, std::chrono::milliseconds(0));
}

bool LagBook::serves() const {
  const std::scoped_lock lock(mutex_);
  return serves_;
}

void LagBook::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      auto stream = client_.open();
      const std::scoped_lock lock(mutex_);
      stream_ = std::move(stream);
      // The destructor may have looked for a stream just before.
      if (stop.stop_requested()) stream_->cancel();
    }
    follow(*stream_);
    ended();
    std::unique_lock lock(mutex_);
    std::condition_variable_any never;
    never.wait_for(lock, stop, kOpenAgainAfter, [] { return false; });
  }
}

void LagBook::follow(lag::LagNewsStream& stream) {
  if (!stream.next()) return;
  opened(stream);
  while (const auto all = stream.next())
    for (const lag::LagNews& news : *all)
      if (const auto key = take(news)) news_(*key);
}

void LagBook::opened(lag::LagNewsStream& stream) {
  logger_.info("the scaler serves");
  {
    const std::scoped_lock lock(mutex_);
    serves_ = true;
    away_ = false;
    for (const auto& [key, entry] : entries_)
      stream.want(entry.id, entry.trigger);
  }
  for (const auto& key : keys())
    news_(key);
}

void LagBook::ended() {
  {
    const std::scoped_lock lock(mutex_);
    if (!away_) logger_.warn("the scaler is away");
    serves_ = false;
    if (std::exchange(away_, true)) return;
  }
  // Who was waiting for a first reading waits no longer.
  for (const auto& key : keys())
    if (!reading(key)) news_(key);
}

std::optional<kube::ObjectKey> LagBook::take(const lag::LagNews& news) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_id_.find(news.id);
  if (found == by_id_.end()) return std::nullopt;
  auto& reading = entries_.at(found->second).reading;
  auto now = to_reading(news.summary);
  const bool tell = is_news(reading, now);
  // What is no news is not kept, so that slow growth becomes news in the end. Partitions of a group that cannot be read
  // now stand.
  if (!tell) return std::nullopt;
  reading = std::move(now);
  return found->second;
}

std::vector<kube::ObjectKey> LagBook::keys() const {
  const std::scoped_lock lock(mutex_);
  std::vector<kube::ObjectKey> all;
  all.reserve(entries_.size());
  for (const auto& [key, entry] : entries_)
    all.push_back(key);
  return all;
}

}  // namespace weir::controller
