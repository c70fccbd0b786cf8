#include "kube/leader_elector.h"

#include <condition_variable>
#include <mutex>
#include <random>
#include <utility>

#include "kube/time.h"

namespace weir::kube {
namespace {

const Resource& lease_resource() {
  static const Resource resource{"coordination.k8s.io", "v1", "leases", "Lease"};
  return resource;
}

LeaseRecord read_record(const Json& lease) {
  return {.holder = text_at(lease, "/spec/holderIdentity"),
          .renew_time = text_at(lease, "/spec/renewTime"),
          .transitions = int_at(lease, "/spec/leaseTransitions")};
}

}  // namespace

void LeaseObservation::observe(const LeaseRecord& record, base::SteadyTime now) {
  if (record_ == record) return;
  record_ = record;
  changed_ = now;
}

bool LeaseObservation::ended(base::SteadyTime now, std::chrono::seconds duration) const {
  return record_ && (record_->holder.empty() || now - changed_ > duration);
}

LeaderElector::LeaderElector(Client& client, LeaseOptions options, const base::Clock& clock, telemetry::Logger logger)
    : client_(client), options_(std::move(options)), clock_(clock), logger_(std::move(logger)) {}

bool LeaderElector::acquire(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (try_take()) {
      logger_.info("leading", {{"identity", std::string_view(options_.identity)}});
      return true;
    }
    sleep(stop);
  }
  return false;
}

void LeaderElector::hold(const std::stop_token& stop) {
  auto renewed = clock_.now();
  while (!stop.stop_requested()) {
    sleep(stop);
    if (stop.stop_requested()) return;
    const auto started = clock_.now();
    if (try_take())
      renewed = started;
    else if (clock_.now() - renewed >= options_.renew_deadline)
      break;
  }
  held_ = Json();
  logger_.warn("lost the lease", {{"identity", std::string_view(options_.identity)}});
}

void LeaderElector::release() {
  const auto current = client_.get(lease_resource(), {options_.ns, options_.name});
  if (!current || read_record(*current).holder != options_.identity) return;
  auto record = read_record(*current);
  record.holder.clear();
  record.renew_time = format_micro_time(clock_.system_now());
  Json lease = lease_object(record, 1);
  lease["metadata"]["resourceVersion"] = resource_version_of(*current);
  static_cast<void>(client_.update(lease_resource(), lease));
}

// A holder need not read the Lease before it writes it: had another written it, the resourceVersion would tell.
bool LeaderElector::try_take() {
  if (!held_.is_null()) {
    const Json last = std::exchange(held_, Json());
    if (take_over(last)) return true;
  }
  return read_and_take();
}

bool LeaderElector::read_and_take() {
  const auto current = client_.get(lease_resource(), {options_.ns, options_.name});
  if (!current && current.error().not_found()) return create();
  if (!current) {
    logger_.warn("the lease cannot be read", {{"err", std::string_view(current.error().message)}});
    return false;
  }
  observation_.observe(read_record(*current), clock_.now());
  const bool own = read_record(*current).holder == options_.identity;
  if (!own && !observation_.ended(clock_.now(), options_.duration)) return false;
  return take_over(*current);
}

Json LeaderElector::lease_object(const LeaseRecord& record, std::int64_t duration_seconds) const {
  return {{"apiVersion", lease_resource().api_version()},
          {"kind", lease_resource().kind},
          {"metadata", {{"namespace", options_.ns}, {"name", options_.name}}},
          {"spec",
           {{"holderIdentity", record.holder},
            {"leaseDurationSeconds", duration_seconds},
            {"renewTime", record.renew_time},
            {"leaseTransitions", record.transitions}}}};
}

bool LeaderElector::create() {
  const LeaseRecord record{.holder = options_.identity, .renew_time = format_micro_time(clock_.system_now())};
  auto created = client_.create(lease_resource(), lease_object(record, options_.duration.count()));
  if (created) held_ = *std::move(created);
  return !held_.is_null();
}

// The resourceVersion makes one of several that try the winner.
bool LeaderElector::take_over(const Json& current) {
  auto record = read_record(current);
  if (record.holder != options_.identity) ++record.transitions;
  record.holder = options_.identity;
  record.renew_time = format_micro_time(clock_.system_now());
  Json lease = lease_object(record, options_.duration.count());
  lease["metadata"]["resourceVersion"] = resource_version_of(current);
  auto updated = client_.update(lease_resource(), lease);
  if (!updated) {
    logger_.warn("the lease cannot be renewed", {{"err", std::string_view(updated.error().message)}});
    return false;
  }
  held_ = *std::move(updated);
  return true;
}

void LeaderElector::sleep(const std::stop_token& stop) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  const auto most = std::chrono::milliseconds(options_.retry);
  const auto delay = most * std::uniform_int_distribution<int>(75, 100)(generator) / 100;
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, delay, [] { return false; });
}

}  // namespace weir::kube
