#include "controller/keda_watch.h"

#include <chrono>
#include <utility>

namespace weir::controller {
namespace {

constexpr std::chrono::seconds kLookAgain{30};
constexpr std::chrono::seconds kRetry{3};

}  // namespace

std::optional<kube::ObjectKey> scaled_group(const kube::Json& scaled_object) {
  const auto& target = kube::at(scaled_object, "/spec/scaleTargetRef");
  if (!kube::text_at(target, "/apiVersion").starts_with(consumer_group_resource().group + "/") ||
      kube::text_at(target, "/kind") != consumer_group_resource().kind)
    return std::nullopt;
  return kube::ObjectKey{kube::key_of(scaled_object).ns, kube::text_at(target, "/name")};
}

KedaWatch::KedaWatch(kube::Client& client, telemetry::Logger logger,
                     std::function<void(const kube::ObjectKey&)> touched, std::function<void()> turned)
    : client_(client), logger_(std::move(logger)), touched_(std::move(touched)), turned_(std::move(turned)) {}

KedaWatch::~KedaWatch() {
  stop();
}

void KedaWatch::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void KedaWatch::stop() {
  thread_.request_stop();
  const std::scoped_lock lock(mutex_);
  if (informer_) informer_->stop();
}

KedaState KedaWatch::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

bool KedaWatch::wait_known(const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [this] { return state_ != KedaState::kUnknown; });
}

kube::ObjectPtr KedaWatch::scaled_object(const kube::ObjectKey& key) const {
  std::shared_ptr<kube::Informer> informer;
  {
    const std::scoped_lock lock(mutex_);
    informer = informer_;
  }
  return informer ? informer->get(key) : nullptr;
}

std::vector<std::string> KedaWatch::scaling(const kube::ObjectKey& group) const {
  const std::scoped_lock lock(mutex_);
  const auto found = by_group_.find(group);
  if (found == by_group_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

void KedaWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look(stop);
    std::unique_lock lock(mutex_);
    const auto wait = state_ == KedaState::kUnknown ? kRetry : kLookAgain;
    changed_.wait_for(lock, stop, wait, [] { return false; });
  }
}

void KedaWatch::look(const std::stop_token& stop) {
  const auto serves = client_.serves(scaled_object_resource());
  if (!serves) {
    logger_.warn("whether KEDA is installed cannot be told", {{"err", std::string_view(serves.error().message)}});
    return;
  }
  if (*serves && state() != KedaState::kInstalled) return install(stop);
  if (*serves || state() == KedaState::kAbsent) return;
  logger_.warn("KEDA is not installed: groups keep their replicas");
  std::shared_ptr<kube::Informer> last;
  {
    const std::scoped_lock lock(mutex_);
    last = std::exchange(informer_, nullptr);
    by_group_.clear();
  }
  last.reset();
  set(KedaState::kAbsent);
}

void KedaWatch::install(const std::stop_token& stop) {
  auto informer = std::make_shared<kube::Informer>(
      client_, kube::InformerOptions{.resource = scaled_object_resource(), .ns = ""}, logger_);
  informer->add_handler([this](const kube::Change& change) { take(change); });
  informer->start();
  {
    const std::scoped_lock lock(mutex_);
    informer_ = informer;
  }
  if (informer->wait_synced(stop)) set(KedaState::kInstalled);
}

void KedaWatch::set(KedaState state) {
  {
    const std::scoped_lock lock(mutex_);
    state_ = state;
  }
  changed_.notify_all();
  turned_();
}

void KedaWatch::take(const kube::Change& change) {
  const auto before = change.before ? scaled_group(*change.before) : std::nullopt;
  const auto now = change.now ? scaled_group(*change.now) : std::nullopt;
  {
    const std::scoped_lock lock(mutex_);
    if (before) {
      auto& names = by_group_[*before];
      names.erase(change.key.name);
      if (names.empty()) by_group_.erase(*before);
    }
    if (now) by_group_[*now].insert(change.key.name);
  }
  if (before) touched_(*before);
  if (now && now != before) touched_(*now);
}

}  // namespace weir::controller
