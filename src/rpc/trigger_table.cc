#include "rpc/trigger_table.h"

#include <atomic>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "rpc/namespace_usage.h"

namespace weir::rpc {
namespace {

using base::ErrorCode;

constexpr const char* kGroupRef = "consumerGroupRef";

// How often the partitions of a trigger are counted again: topics grow seldom.
constexpr std::chrono::seconds kCountEvery{5};

struct Use;

// What a TriggerPtr points into.
struct Record : Trigger {
  Caller caller;
  // As it was sent; kept only where the witness has to look at it again.
  scaling::TriggerMetadata metadata;
  std::shared_ptr<lag::OffsetSource> source;
  std::weak_ptr<Use> use;
};
using RecordPtr = std::shared_ptr<const Record>;

// What changes about a trigger. Guarded by the table's mutex but for `activity`.
struct Use {
  RecordPtr record;
  std::uint64_t generation = 0;
  base::SteadyTime last_asked;
  std::size_t streams = 0;
  std::size_t kept = 0;  // by who holds it for long, but for streams
  std::int64_t partitions = 0;
  base::SteadyTime counted;
  base::Result<void> within_limits;
  std::atomic<int> activity = -1;
};
using UsePtr = std::shared_ptr<Use>;

const Record& record_of(const TriggerPtr& trigger) {
  return static_cast<const Record&>(*trigger);
}

// Lengths keep apart what callers could write to look alike.
std::string key_of(const Caller& caller, const std::string& name, const scaling::TriggerMetadata& metadata) {
  std::string key(1, caller.trusted ? 't' : 'u');
  key.reserve(512);
  const auto append = [&key](const std::string& part) {
    const std::size_t size = part.size();
    key.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(part);
  };
  append(caller.ns);
  append(name);
  for (const auto& [field, value] : metadata) {
    append(field);
    append(value);
  }
  return key;
}

// Namespaces have shorter ones.
constexpr std::size_t kLongestName = 253;

base::Result<void> check_names(const Caller& caller, const std::string& name) {
  for (const auto& [what, size] : {std::pair("namespace", caller.ns.size()), std::pair("name", name.size())})
    if (size > kLongestName)
      return base::fail(ErrorCode::kInvalidArgument,
                        "the {} of the trigger's object has {} bytes: one of Kubernetes has {} at most", what, size,
                        kLongestName);
  return {};
}

base::Result<void> check_size(const Caller& caller, const scaling::TriggerMetadata& metadata, std::size_t limit) {
  std::size_t bytes = 0;
  for (const auto& [field, value] : metadata)
    bytes += field.size() + value.size();
  if (bytes <= limit) return {};
  return base::fail(
      ErrorCode::kResourceExhausted,
      "the trigger's metadata has {} bytes, namespace {} may use {}: shorten it, or have the limit raised "
      "in the scaler's configuration",
      bytes, caller.ns, limit);
}

}  // namespace

struct TriggerTable::Impl {
  // Outlives the table where a stream's guard does.
  struct State {
    std::mutex mutex;
    std::unordered_map<std::string, UsePtr> uses;
    NamespaceUsage namespaces;
    base::SteadyTime next_sweep;
  };

  // Needs the mutex. What it returns is destroyed without it: sessions may end with it.
  std::vector<UsePtr> sweep(base::SteadyTime now) {
    std::vector<UsePtr> dead;
    if (now < state->next_sweep) return dead;
    state->next_sweep = now + options.unused_after / 10;
    for (auto it = state->uses.begin(); it != state->uses.end();) {
      const UsePtr& use = it->second;
      if (use->streams + use->kept > 0 || now - use->last_asked < options.unused_after) {
        ++it;
        continue;
      }
      state->namespaces.remove_trigger(use->record->ns, use->partitions);
      dead.push_back(std::move(it->second));
      it = state->uses.erase(it);
    }
    return dead;
  }

  // Needs the mutex.
  base::Result<TriggerPtr> admitted(Use& use, base::SteadyTime now) {
    if (use.partitions == 0 || now - use.counted >= kCountEvery) {
      use.counted = now;
      std::int64_t partitions = 0;
      if (const auto snapshot = monitor.status(use.record->subscription).snapshot) {
        for (const auto& topic : *snapshot->offsets)
          partitions += std::ssize(topic.partitions);
      }
      const std::string& ns = use.record->ns;
      use.within_limits = state->namespaces.change_partitions(ns, use.partitions, partitions, options.limits(ns));
    }
    if (!use.within_limits) return std::unexpected(use.within_limits.error());
    return use.record;
  }

  base::Result<void> check_room(const std::string& ns) {
    const std::scoped_lock lock(state->mutex);
    if (state->uses.size() >= options.max_triggers) {
      return base::fail(ErrorCode::kResourceExhausted, "the scaler serves {} triggers, as many as it may",
                        options.max_triggers);
    }
    return state->namespaces.check_trigger(ns, options.limits(ns));
  }

  base::Result<void> check_form(const Caller& caller, const std::string& name,
                                const scaling::TriggerMetadata& metadata) const {
    if (auto fits = check_names(caller, name); !fits) return fits;
    return check_size(caller, metadata, options.limits(caller.ns).metadata_bytes);
  }

  bool names_group(const scaling::TriggerMetadata& metadata) const {
    return options.witness != nullptr && metadata.contains(kGroupRef);
  }

  // What the trigger says, with a ConsumerGroup's words where it names one. Nobody learns of a group unless believed.
  base::Result<scaling::TriggerSpec> read(const Caller& caller, const std::string& name,
                                          const scaling::TriggerMetadata& metadata) {
    if (!names_group(metadata)) return scaling::parse_trigger(metadata);
    if (!caller.trusted)
      if (auto vouched = options.witness->vouch(caller, name, metadata); !vouched)
        return std::unexpected(vouched.error());
    const auto expanded = options.witness->expand(caller.ns, metadata);
    if (!expanded) return std::unexpected(expanded.error());
    return scaling::parse_trigger(*expanded);
  }

  // The witness is asked only where it matters: most triggers need nobody's word.
  base::Result<std::shared_ptr<lag::OffsetSource>> open(const Record& record) {
    auto source = resolver.resolve(record.spec.cluster, record.caller);
    if (source || record.caller.trusted || record.metadata.empty() ||
        source.error().code != ErrorCode::kPermissionDenied)
      return source;
    if (auto vouched = options.witness->vouch(record.caller, record.name, record.metadata); !vouched)
      return std::unexpected(vouched.error());
    auto believed = record.caller;
    believed.trusted = true;
    return resolver.resolve(record.spec.cluster, believed);
  }

  base::Result<RecordPtr> resolve(Record record) {
    auto source = open(record);
    if (!source) return std::unexpected(source.error());
    record.source = *std::move(source);
    record.subscription = monitor.subscribe({record.source, record.spec.group, record.spec.topics}, record.ns);
    return std::make_shared<const Record>(std::move(record));
  }

  base::Result<RecordPtr> make(const Caller& caller, const std::string& name,
                               const scaling::TriggerMetadata& metadata) {
    if (auto fits = check_form(caller, name, metadata); !fits) return std::unexpected(fits.error());
    auto spec = read(caller, name, metadata);
    if (!spec) return std::unexpected(spec.error());
    if (auto room = check_room(caller.ns); !room) return std::unexpected(room.error());
    Record record{{caller.ns, name, *std::move(spec), {}}, caller, {}, {}, {}};
    if (needs_witness(record.spec.cluster, metadata)) record.metadata = metadata;
    return resolve(std::move(record));
  }

  bool needs_witness(const scaling::ClusterRequest& cluster, const scaling::TriggerMetadata& metadata) const {
    return options.witness && (!cluster.auth_secret.empty() || !cluster.auth.empty() || !cluster.cluster_ref.empty() ||
                               metadata.contains(kGroupRef));
  }

  // As resolve(), of a trigger that is here already: its group may have been edited.
  base::Result<RecordPtr> resolve_again(const Record& before) {
    Record record = before;
    if (!record.metadata.empty()) {
      auto spec = read(record.caller, record.name, record.metadata);
      if (!spec) return std::unexpected(spec.error());
      record.spec = *std::move(spec);
    }
    return resolve(std::move(record));
  }

  std::uint64_t generation() const {
    return resolver.generation() + (options.witness ? options.witness->generation() : 0);
  }

  base::Result<TriggerPtr> add(std::string key, const RecordPtr& record, std::uint64_t generation,
                               base::SteadyTime now) {
    const std::scoped_lock lock(state->mutex);
    const auto [found, inserted] = state->uses.try_emplace(std::move(key));
    if (!inserted) return admitted(*found->second, now);
    auto use = std::make_shared<Use>();
    auto owned = std::make_shared<Record>(*record);
    owned->use = use;
    use->record = std::move(owned);
    use->generation = generation;
    use->last_asked = now;
    found->second = use;
    state->namespaces.add_trigger(record->ns);
    return admitted(*use, now);
  }

  base::Result<TriggerPtr> renew(const UsePtr& use, std::uint64_t generation, base::SteadyTime now) {
    RecordPtr before;
    {
      const std::scoped_lock lock(state->mutex);
      before = use->record;
    }
    auto after = resolve_again(*before);
    if (!after) return std::unexpected(after.error());
    const std::scoped_lock lock(state->mutex);
    use->generation = generation;
    if ((*after)->source != use->record->source || (*after)->spec != use->record->spec) use->record = *after;
    return admitted(*use, now);
  }

  TriggerTableOptions options;
  const base::Clock& clock;
  ClusterResolver& resolver;
  monitor::Monitor& monitor;
  std::shared_ptr<State> state = std::make_shared<State>();
};

TriggerTable::TriggerTable(TriggerTableOptions options, const base::Clock& clock, ClusterResolver& resolver,
                           monitor::Monitor& monitor)
    : impl_(std::make_unique<Impl>(std::move(options), clock, resolver, monitor)) {}

TriggerTable::~TriggerTable() = default;

base::Result<TriggerPtr> TriggerTable::find(const Caller& caller, const std::string& name,
                                            const scaling::TriggerMetadata& metadata) {
  const auto now = impl_->clock.now();
  // Read before resolve(): a change in between is seen next time.
  const auto generation = impl_->generation();
  std::string key = key_of(caller, name, metadata);
  std::vector<UsePtr> dead;
  UsePtr known;
  {
    const std::scoped_lock lock(impl_->state->mutex);
    dead = impl_->sweep(now);
    if (const auto found = impl_->state->uses.find(key); found != impl_->state->uses.end()) {
      found->second->last_asked = now;
      if (found->second->generation == generation) return impl_->admitted(*found->second, now);
      known = found->second;
    }
  }
  if (known) return impl_->renew(known, generation, now);
  auto record = impl_->make(caller, name, metadata);
  if (!record) return std::unexpected(record.error());
  return impl_->add(std::move(key), *record, generation, now);
}

base::Result<void> TriggerTable::check(const Caller& caller, const std::string& name,
                                       const scaling::TriggerMetadata& metadata) const {
  if (auto fits = impl_->check_form(caller, name, metadata); !fits) return fits;
  if (impl_->names_group(metadata)) return {};
  if (const auto spec = scaling::parse_trigger(metadata); !spec) return std::unexpected(spec.error());
  return {};
}

std::size_t TriggerTable::max_triggers() const {
  return impl_->options.max_triggers;
}

base::Result<std::shared_ptr<void>> TriggerTable::keep(const TriggerPtr& trigger) {
  const auto use = record_of(trigger).use.lock();
  if (!use) return base::fail(ErrorCode::kUnavailable, "the trigger has just been dropped: ask again");
  const auto state = impl_->state;
  const std::scoped_lock lock(state->mutex);
  ++use->kept;
  const auto let_go = [state, use, &clock = impl_->clock](void*) {
    const std::scoped_lock closing(state->mutex);
    --use->kept;
    use->last_asked = clock.now();
  };
  return std::shared_ptr<void>(use.get(), let_go);
}

base::Result<std::shared_ptr<void>> TriggerTable::open_stream(const TriggerPtr& trigger) {
  const auto use = record_of(trigger).use.lock();
  if (!use) return base::fail(ErrorCode::kUnavailable, "the trigger has just been dropped: ask again");
  const auto state = impl_->state;
  const std::scoped_lock lock(state->mutex);
  if (auto added = state->namespaces.add_stream(trigger->ns, impl_->options.limits(trigger->ns)); !added) {
    return std::unexpected(added.error());
  }
  ++use->streams;
  const auto close = [state, use, ns = trigger->ns, &clock = impl_->clock](void*) {
    const std::scoped_lock closing(state->mutex);
    --use->streams;
    use->last_asked = clock.now();
    state->namespaces.remove_stream(ns);
  };
  return std::shared_ptr<void>(use.get(), close);
}

std::uint64_t TriggerTable::generation() const {
  return impl_->generation();
}

base::Result<TriggerPtr> TriggerTable::renew(const TriggerPtr& trigger) {
  const auto use = record_of(trigger).use.lock();
  if (!use) return base::fail(ErrorCode::kUnavailable, "the trigger has just been dropped: ask again");
  const auto generation = impl_->generation();
  {
    const std::scoped_lock lock(impl_->state->mutex);
    if (use->generation == generation) return use->record;
  }
  return impl_->renew(use, generation, impl_->clock.now());
}

std::optional<bool> TriggerTable::exchange_activity(const TriggerPtr& trigger, bool active) {
  const auto use = record_of(trigger).use.lock();
  if (!use) return std::nullopt;
  const int before = use->activity.exchange(active ? 1 : 0, std::memory_order_relaxed);
  return before < 0 ? std::nullopt : std::optional(before == 1);
}

std::string TriggerTable::session_name(const TriggerPtr& trigger) const {
  return record_of(trigger).source->name();
}

std::vector<TriggerStatus> TriggerTable::status() const {
  std::vector<TriggerStatus> rows;
  {
    const std::scoped_lock lock(impl_->state->mutex);
    for (const auto& [key, use] : impl_->state->uses) {
      rows.push_back({use->record, use->record->source->name(), use->last_asked, use->streams, {}, {}});
    }
  }
  const auto now = impl_->clock.now();
  for (TriggerStatus& row : rows) {
    row.subscription = impl_->monitor.status(row.trigger->subscription);
    if (const auto& snapshot = row.subscription.snapshot) {
      row.decision = scaling::decide(row.trigger->spec.policy, *snapshot->offsets, now);
    }
  }
  return rows;
}

}  // namespace weir::rpc
