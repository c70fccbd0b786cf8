#include "kafka/wire/network.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/parse.h"
#include "kafka/wire/handshake.h"

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// More than any cluster has: a broker that tells of more shall not make us connect to them.
constexpr std::size_t kMostBrokers = 1000;
// Brokers close what is idle for so long by default. Those that left their cluster are not asked for any more.
constexpr std::chrono::minutes kMostIdle{10};
// What a second connection saves is not worth more.
constexpr milliseconds kAgainWithin{500};
constexpr std::chrono::seconds kAgainAfter{10};
// The least time until a token endpoint that is away is asked again, while the last authentication still holds.
constexpr std::chrono::seconds kTokenAgainAfter{1};

// `host:port`, `[::1]:port`. The port was checked when the trigger was parsed.
std::pair<std::string, std::uint16_t> split_address(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto port = colon == std::string::npos ? std::nullopt : base::parse_int(address.substr(colon + 1));
  return {host, static_cast<std::uint16_t>(std::clamp<std::int64_t>(port.value_or(9092), 0, 65535))};
}

base::Error at_first(const base::Error& error) {
  if (error.code != ErrorCode::kUnavailable) return error;
  return {error.code,
          fmt::format("{} (at the first request: check that tls and sasl fit its listener)", error.message)};
}

}  // namespace

Network::Network(const SessionKey& key, milliseconds request_timeout) : key_(key), request_timeout_(request_timeout) {
  if (key_.credentials.sasl == SaslMechanism::kOauthBearer)
    tokens_ = std::make_unique<OauthTokenClient>(key_.credentials);
  for (const std::string& address : key_.brokers) {
    Endpoint& endpoint = bootstrap_.emplace_back();
    std::tie(endpoint.host, endpoint.port) = split_address(address);
  }
}

Patience Network::patience(base::SteadyTime deadline) const {
  return {deadline, request_timeout_, &interrupted_};
}

base::Result<std::shared_ptr<const TlsContext>> Network::tls_context() {
  if (!key_.credentials.tls || tls_) return tls_;
  auto made = TlsContext::create(key_.credentials);
  if (!made) return std::unexpected(made.error());
  return tls_ = *std::move(made);
}

base::Result<Connection*> Network::node(std::int32_t id, base::SteadyTime deadline) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end()) return base::fail(ErrorCode::kUnavailable, "Kafka did not tell where broker {} is", id);
  return open(found->second, deadline);
}

base::Result<Connection*> Network::node_again(std::int32_t id, base::SteadyTime deadline) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end()) return base::fail(ErrorCode::kUnavailable, "Kafka did not tell where broker {} is", id);
  const auto [again, added] = nodes_again_.try_emplace(id);
  if (added) {
    again->second.host = found->second.host;
    again->second.port = found->second.port;
  }
  Endpoint& endpoint = again->second;
  const auto now = Clock::now();
  if (endpoint.error && now < endpoint.retry_at) return std::unexpected(*endpoint.error);
  auto opened = open(endpoint, std::min(deadline, now + kAgainWithin));
  if (!opened) endpoint.retry_at = now + kAgainAfter;
  return opened;
}

base::Result<Connection*> Network::any(base::SteadyTime deadline) {
  for (Endpoint& endpoint : bootstrap_)
    if (endpoint.connection) return open(endpoint, deadline);
  for (auto& [id, endpoint] : nodes_)
    if (endpoint.connection) return open(endpoint, deadline);
  base::Result<Connection*> last = base::fail(ErrorCode::kUnavailable, "no bootstrap server is named");
  for (Endpoint& endpoint : bootstrap_) {
    // One server that hangs must leave time to ask the next.
    const auto left = (deadline - Clock::now()) / static_cast<int>(bootstrap_.end() - bootstrap_.begin());
    last = open(endpoint,
                bootstrap_.size() > 1 ? Clock::now() + std::max<Clock::duration>(left, milliseconds(300)) : deadline);
    if (last || interrupted_) return last;
  }
  for (auto& [id, endpoint] : nodes_) {
    if (Clock::now() >= deadline) break;
    if (auto opened = open(endpoint, deadline)) return opened;
  }
  return last;
}

const Connection* Network::held(std::int32_t id) const {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? nullptr : found->second.connection.get();
}

base::Result<Connection*> Network::open(Endpoint& endpoint, base::SteadyTime deadline) {
  const auto now = Clock::now();
  endpoint.used = now;
  if (endpoint.connection) {
    // A broker closes what was idle for long, which is no reason to wait before the next.
    if (!endpoint.connection->advance()) return reopen(endpoint, deadline);
    if (!endpoint.renewal || now < endpoint.renewal->at) return endpoint.connection.get();
    if (renew(endpoint, deadline)) return endpoint.connection.get();
    return reopen(endpoint, deadline);
  }
  if (interrupted_) return base::fail(ErrorCode::kUnavailable, "Weir is stopping");
  if (endpoint.error && now < endpoint.retry_at) return std::unexpected(*endpoint.error);
  if (auto prepared = prepare(endpoint, std::min(deadline, now + request_timeout_)); !prepared) {
    close(endpoint, prepared.error());
    return std::unexpected(prepared.error());
  }
  endpoint.backoff.reset();
  endpoint.error.reset();
  return endpoint.connection.get();
}

bool Network::renew(Endpoint& endpoint, base::SteadyTime deadline) {
  const auto asked_before = endpoint.connection->traffic().bytes_sent;
  // A token endpoint that hangs must leave time for what the connection is wanted for.
  const auto half = Clock::now() + (deadline - Clock::now()) / 2;
  const auto again = authenticate(*endpoint.connection, key_.credentials, tokens_.get(), patience(half));
  if (again) {
    endpoint.renewal = *again;
    return true;
  }
  // There was no token to ask the broker with, which still takes the one that it has.
  const auto now = Clock::now();
  if (endpoint.connection->traffic().bytes_sent != asked_before || now >= endpoint.renewal->end) return false;
  auto& [at, end] = *endpoint.renewal;
  at = std::min(now + std::max<Clock::duration>(kTokenAgainAfter, (end - now) / 4), end);
  return true;
}

base::Result<Connection*> Network::reopen(Endpoint& endpoint, base::SteadyTime deadline) {
  close(endpoint, {});
  endpoint.error.reset();
  return open(endpoint, deadline);
}

base::Result<void> Network::prepare(Endpoint& endpoint, base::SteadyTime deadline) {
  const auto tls = tls_context();
  if (!tls) return std::unexpected(tls.error());
  auto transport = Transport::open(endpoint.host, endpoint.port, *tls, deadline);
  if (!transport) return std::unexpected(transport.error());
  ++closed_.connects;
  endpoint.connection =
      std::make_unique<Connection>(*std::move(transport), fmt::format("{}:{}", endpoint.host, endpoint.port));
  const auto versions = ask_versions(*endpoint.connection, patience(deadline));
  if (!versions) return std::unexpected(at_first(versions.error()));
  for (const Api& api : {kMetadata, kFindCoordinator, kOffsetFetch, kListOffsets, kFetch}) {
    if (versions->knows(api)) continue;
    unsupported_ = true;
    return base::fail(
        ErrorCode::kUnavailable,
        "Kafka at {} does not know version {} of {}: it is older than 3.0, which --kafka-client auto can speak "
        "to and wire cannot",
        endpoint.connection->address(), api.version, to_string(api.key));
  }
  auto again = authenticate(*endpoint.connection, key_.credentials, tokens_.get(), patience(deadline));
  if (!again) return std::unexpected(again.error());
  endpoint.renewal = *again;
  if (key_.credentials.sasl != SaslMechanism::kNone) return {};
  // A listener that wants SASL answers ApiVersions alone, and hangs up at anything else.
  if (auto asked = ask_brokers(*endpoint.connection, patience(deadline)); !asked)
    return std::unexpected(at_first(asked.error()));
  return {};
}

void Network::close(Endpoint& endpoint, const base::Error& error) {
  if (endpoint.connection) {
    closed_.traffic += endpoint.connection->traffic();
    ++closed_.disconnects;
  }
  endpoint.connection.reset();
  endpoint.error = error;
  endpoint.retry_at = Clock::now() + endpoint.backoff.next(0.5);
}

void Network::learn(std::int32_t id, const std::string& host, std::int32_t port) {
  if (id < 0 || port < 0 || port > 65535) return;
  if (nodes_.size() >= kMostBrokers && !nodes_.contains(id)) return;
  const auto number = static_cast<std::uint16_t>(port);
  Endpoint& endpoint = nodes_[id];
  if (endpoint.host == host && endpoint.port == number) return;
  close(endpoint, {});
  endpoint = Endpoint();
  if (const auto again = nodes_again_.find(id); again != nodes_again_.end()) {
    close(again->second, {});
    nodes_again_.erase(again);
  }
  endpoint.host = host;
  endpoint.port = number;
  // The connection by which this was learned serves the broker itself, if that is where it goes.
  for (Endpoint& bootstrap : bootstrap_) {
    if (bootstrap.host != host || bootstrap.port != number || !bootstrap.connection) continue;
    endpoint.connection = std::move(bootstrap.connection);
    endpoint.renewal = bootstrap.renewal;
    endpoint.used = bootstrap.used;
    return;
  }
}

void Network::drop(const Connection* connection, const base::Error& error) {
  for (Endpoint& endpoint : bootstrap_)
    if (endpoint.connection.get() == connection) close(endpoint, error);
  for (auto* const nodes : {&nodes_, &nodes_again_})
    for (auto& [id, endpoint] : *nodes)
      if (endpoint.connection.get() == connection) close(endpoint, error);
}

std::map<const Connection*, base::Error> Network::run(const std::vector<Connection*>& connections,
                                                      base::SteadyTime deadline) {
  std::vector<Participant> participants;
  participants.reserve(connections.size());
  for (Connection* connection : connections)
    participants.push_back({connection, std::nullopt});
  drive(participants, patience(deadline));
  std::map<const Connection*, base::Error> errors;
  for (const Participant& participant : participants) {
    if (!participant.error) continue;
    errors.emplace(participant.connection, *participant.error);
    drop(participant.connection, *participant.error);
  }
  close_idle(Clock::now());
  return errors;
}

void Network::close_idle(base::SteadyTime now) {
  if (now < close_idle_at_) return;
  close_idle_at_ = now + kMostIdle / 10;
  const auto close_if_idle = [&](Endpoint& endpoint) {
    if (!endpoint.connection || now - endpoint.used < kMostIdle) return;
    close(endpoint, {});
    endpoint.error.reset();
  };
  std::ranges::for_each(bootstrap_, close_if_idle);
  std::ranges::for_each(nodes_ | std::views::values, close_if_idle);
  std::ranges::for_each(nodes_again_ | std::views::values, close_if_idle);
}

Network::Totals Network::totals() const {
  Totals totals = closed_;
  const auto add = [&](const Endpoint& endpoint) {
    if (endpoint.connection) totals.traffic += endpoint.connection->traffic();
  };
  std::ranges::for_each(bootstrap_, add);
  std::ranges::for_each(nodes_ | std::views::values, add);
  std::ranges::for_each(nodes_again_ | std::views::values, add);
  return totals;
}

}  // namespace weir::kafka::wire
