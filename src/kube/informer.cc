#include "kube/informer.h"

#include <random>
#include <utility>

namespace weir::kube {
namespace {

// A watch that lived for so long shows that the server is well.
constexpr std::chrono::seconds kHealthyWatch{5};

constexpr std::chrono::seconds kLookAgain{30};

double random_fraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

Informer::Informer(Client& client, InformerOptions options, telemetry::Logger logger)
    : client_(client),
      options_(std::move(options)),
      logger_(std::move(logger)),
      backoff_(options_.first_retry, options_.most_retry) {}

Informer::~Informer() = default;

void Informer::add_handler(Handler handler) {
  handlers_.push_back(std::move(handler));
}

void Informer::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Informer::stop() {
  thread_.request_stop();
}

bool Informer::synced() const {
  const std::scoped_lock lock(mutex_);
  return synced_;
}

bool Informer::wait_synced(const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [this] { return synced_; });
}

std::optional<base::SteadyTime> Informer::last_failing() const {
  const std::scoped_lock lock(mutex_);
  return failing_ ? std::chrono::steady_clock::now() : last_failing_;
}

ObjectPtr Informer::get(const ObjectKey& key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

std::vector<ObjectPtr> Informer::list() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ObjectPtr> all;
  all.reserve(objects_.size());
  for (const auto& [key, object] : objects_)
    all.push_back(object);
  return all;
}

std::size_t Informer::size() const {
  const std::scoped_lock lock(mutex_);
  return objects_.size();
}

void Informer::run(const std::stop_token& stop) {
  std::string resource_version;
  while (!stop.stop_requested()) {
    if (resource_version.empty()) {
      auto listed = relist(stop);
      if (!listed) {
        if (options_.may_be_absent && listed.error().not_found())
          stand_without(stop);
        else
          pause(listed.error(), stop);
        continue;
      }
      resource_version = *std::move(listed);
    }
    const auto started = std::chrono::steady_clock::now();
    const auto watched = watch(resource_version, stop);
    const bool healthy = std::chrono::steady_clock::now() - started >= kHealthyWatch;
    if (healthy) backoff_.reset();
    const bool ended = !watched && options_.may_be_absent && watched.error().not_found();
    if (ended || (!watched && watched.error().gone())) resource_version.clear();
    if (!watched || !healthy) pause(watched ? ApiError{.message = "the watch ended at once"} : watched.error(), stop);
  }
}

ApiResult<std::string> Informer::relist(const std::stop_token& stop) {
  Store listed;
  std::string next;
  while (true) {
    auto page =
        client_.list(options_.resource, options_.ns, options_.page_size, next, options_.labels, options_.fields);
    if (!page) return std::unexpected(page.error());
    if (stop.stop_requested()) return std::unexpected(ApiError{.message = "stopped"});
    for (Json& item : page->items) {
      // Lists leave these out of their items.
      item["apiVersion"] = options_.resource.api_version();
      item["kind"] = options_.resource.kind;
      auto object = keep(std::move(item));
      listed[key_of(*object)] = std::move(object);
    }
    next = page->next;
    if (!next.empty()) continue;
    absent_ = false;
    replace(std::move(listed));
    return page->resource_version;
  }
}

ApiResult<void> Informer::watch(std::string& resource_version, const std::stop_token& stop) {
  ApiError failed;
  const WatchOptions options{.resource_version = resource_version,
                             .labels = options_.labels,
                             .fields = options_.fields,
                             .timeout = options_.watch_timeout};
  const auto watched = client_.watch(
      options_.resource, options_.ns, options, [&](Json event) { return take_event(event, resource_version, failed); },
      stop);
  if (failed.status != 0) return std::unexpected(std::move(failed));
  return watched;
}

bool Informer::take_event(Json& event, std::string& resource_version, ApiError& failed) {
  const auto type = text_at(event, "/type");
  Json object = std::move(event["object"]);
  if (type == "ERROR") {
    failed = {.status = static_cast<int>(int_at(object, "/code", 500)),
              .reason = text_at(object, "/reason"),
              .message = text_at(object, "/message")};
    return false;
  }
  resource_version = resource_version_of(object);
  if (type == "DELETED")
    remove(object);
  else if (type == "ADDED" || type == "MODIFIED")
    put(std::move(object));
  return true;
}

void Informer::stand_without(const std::stop_token& stop) {
  if (!std::exchange(absent_, true)) {
    logger_.info("the API server does not serve a resource", {{"resource", std::string_view(options_.resource.plural)},
                                                              {"group", std::string_view(options_.resource.group)}});
    replace({});
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, kLookAgain, [] { return false; });
}

ObjectPtr Informer::keep(Json object) const {
  // Often the larger half of an object, and nobody here reads them.
  if (const auto metadata = object.find("metadata"); metadata != object.end()) metadata->erase("managedFields");
  if (options_.trim) options_.trim(object);
  return std::make_shared<const Json>(std::move(object));
}

void Informer::put(Json object) {
  const auto key = key_of(object);
  Change change{.key = key, .before = nullptr, .now = keep(std::move(object))};
  {
    const std::scoped_lock lock(mutex_);
    auto& stored = objects_[change.key];
    change.before = std::exchange(stored, change.now);
  }
  tell(change);
}

void Informer::remove(const Json& object) {
  Change change{.key = key_of(object), .before = nullptr, .now = nullptr};
  {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(change.key);
    if (found == objects_.end()) return;
    change.before = std::move(found->second);
    objects_.erase(found);
  }
  tell(change);
}

void Informer::replace(Store listed) {
  std::vector<Change> changes;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, object] : objects_)
      if (!listed.contains(key)) changes.push_back({.key = key, .before = object, .now = nullptr});
    for (const auto& [key, object] : listed) {
      const auto known = objects_.find(key);
      const auto before = known == objects_.end() ? nullptr : known->second;
      if (!before || resource_version_of(*before) != resource_version_of(*object))
        changes.push_back({.key = key, .before = before, .now = object});
    }
    objects_ = std::move(listed);
  }
  for (const Change& change : changes)
    tell(change);
  // Only now: whoever waits may read what the handlers keep.
  const std::scoped_lock lock(mutex_);
  synced_ = true;
  changed_.notify_all();
}

void Informer::tell(const Change& change) const {
  for (const Handler& handler : handlers_)
    handler(change);
}

void Informer::pause(const ApiError& error, const std::stop_token& stop) {
  if (stop.stop_requested()) return;
  // A server that says so is there again, however long it was away.
  if (!std::exchange(gone_, error.gone()) && error.gone()) backoff_.reset();
  auto delay = backoff_.next(random_fraction());
  delay = std::max(delay, std::chrono::milliseconds(error.retry_after));
  logger_.warn("watching failed", {{"resource", std::string_view(options_.resource.plural)},
                                   {"code", std::int64_t{error.status}},
                                   {"err", std::string_view(error.message)},
                                   {"retry_in_ms", std::int64_t{delay.count()}}});
  std::unique_lock lock(mutex_);
  failing_ = true;
  changed_.wait_for(lock, stop, delay, [] { return false; });
  failing_ = false;
  last_failing_ = std::chrono::steady_clock::now();
}

}  // namespace weir::kube
