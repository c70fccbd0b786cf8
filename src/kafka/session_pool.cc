#include "kafka/session_pool.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "kafka/adaptive_session.h"
#include "kafka/client_reaper.h"
#include "kafka/instruments.h"
#include "kafka/session.h"
#include "kafka/session_name.h"

namespace weir::kafka {
namespace {

constexpr std::chrono::seconds kTick{1};

}  // namespace

struct SessionPool::Impl {
  struct Entry {
    std::shared_ptr<BrokerSession> session;
    base::SteadyTime held;  // when somebody beside the pool was last seen to hold it
  };

  Impl(SessionOptions pool_options, const base::Clock& pool_clock, telemetry::Logger pool_logger,
       telemetry::Registry& registry)
      : options(pool_options),
        clock(pool_clock),
        logger(std::move(pool_logger)),
        instruments(std::make_shared<const Instruments>(registry)),
        thread([this](const std::stop_token& stop) { run(stop); }) {}

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      changed.wait_for(lock, stop, kTick, [] { return false; });
      if (!stop.stop_requested()) tick();
    }
  }

  // Runs callbacks and closes what nobody uses. The mutex is held.
  void tick() {
    const auto now = clock.now();
    for (auto entry = sessions.begin(); entry != sessions.end();) {
      auto& [session, held] = entry->second;
      session->serve();
      if (session.use_count() > 1) held = now;
      if (now - held < options.unused_after) {
        ++entry;
        continue;
      }
      logger.info("Kafka session closed: unused", {{"session", session->name()}});
      entry = sessions.erase(entry);
    }
    instruments->set_sessions(sessions.size());
  }

  std::string unique_name(const SessionKey& key) {
    const auto name = session_name(key);
    const int number = ++names[name];
    return number == 1 ? name : fmt::format("{} #{}", name, number);
  }

  // Weir's own client speaks every mechanism but GSSAPI, which takes Cyrus SASL and so librdkafka.
  base::Result<std::shared_ptr<BrokerSession>> make(const SessionKey& key) {
    const bool kerberos_wanted = key.credentials.sasl == SaslMechanism::kGssapi;
    if (kerberos_wanted && options.client == ClientChoice::kWire)
      return base::fail(base::ErrorCode::kInvalidArgument,
                        "sasl gssapi needs librdkafka, which --kafka-client wire leaves out; use auto");
    const auto name = unique_name(key);
    if (kerberos_wanted || options.client == ClientChoice::kLibrdkafka) return make_librdkafka(key, name);
    auto wire = std::make_unique<WireSession>(key, options, name, instruments);
    if (options.client == ClientChoice::kWire) return std::shared_ptr<BrokerSession>(std::move(wire));
    return std::make_shared<AdaptiveSession>(std::move(wire), librdkafka_maker(key, name));
  }

  // Outlives the pool where a session does.
  std::function<std::shared_ptr<BrokerSession>()> librdkafka_maker(const SessionKey& key,
                                                                   const std::string& name) const {
    return [key, name, options = options, instruments = instruments, logger = logger, kerberos = kerberos,
            reaper = reaper]() -> std::shared_ptr<BrokerSession> {
      return std::make_shared<Session>(key, options, name, instruments, logger, kerberos,
                                       [reaper](std::shared_ptr<Client> client) { reaper->retire(std::move(client)); });
    };
  }

  std::shared_ptr<BrokerSession> make_librdkafka(const SessionKey& key, const std::string& name) const {
    return librdkafka_maker(key, name)();
  }

  const SessionOptions options;
  const base::Clock& clock;
  const telemetry::Logger logger;
  const std::shared_ptr<const Instruments> instruments;
  const std::shared_ptr<Kerberos> kerberos = std::make_shared<Kerberos>();
  const std::shared_ptr<ClientReaper> reaper = std::make_shared<ClientReaper>();

  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::map<SessionKey, Entry> sessions;
  std::map<std::string, int> names;
  std::jthread thread;
};

base::Result<ClientChoice> parse_client_choice(std::string_view text) {
  if (text == "auto") return ClientChoice::kAuto;
  if (text == "wire") return ClientChoice::kWire;
  if (text == "librdkafka") return ClientChoice::kLibrdkafka;
  return base::fail(base::ErrorCode::kInvalidArgument, "Kafka client \"{}\": must be one of auto, wire, librdkafka",
                    text);
}

SessionPool::SessionPool(SessionOptions options, const base::Clock& clock, telemetry::Logger logger,
                         telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(options, clock, std::move(logger), registry)) {}

SessionPool::~SessionPool() {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [key, entry] : impl_->sessions)
    entry.session->interrupt();
  impl_->thread.request_stop();
}

base::Result<std::shared_ptr<lag::OffsetSource>> SessionPool::get(const SessionKey& key) {
  const std::lock_guard lock(impl_->mutex);
  if (const auto found = impl_->sessions.find(key); found != impl_->sessions.end()) {
    found->second.held = impl_->clock.now();
    return found->second.session;
  }
  if (impl_->sessions.size() >= impl_->options.max_sessions)
    return base::fail(
        base::ErrorCode::kResourceExhausted,
        "{} Kafka sessions are open, the most that are allowed: use a cluster profile (clusterRef) that many "
        "triggers share, or raise the limit",
        impl_->sessions.size());
  auto session = impl_->make(key);
  if (!session) return std::unexpected(session.error());
  impl_->sessions.emplace(key, Impl::Entry{*session, impl_->clock.now()});
  impl_->instruments->set_sessions(impl_->sessions.size());
  return *session;
}

std::vector<SessionStatus> SessionPool::status() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<SessionStatus> all;
  all.reserve(impl_->sessions.size());
  for (const auto& [key, entry] : impl_->sessions)
    all.push_back(entry.session->status());
  return all;
}

}  // namespace weir::kafka
