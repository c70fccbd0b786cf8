#include "kafka/session.h"

#include <algorithm>
#include <utility>

#include "kafka/committed_offsets.h"
#include "kafka/log_offsets.h"
#include "kafka/session_name.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// A client is not replaced more often than this for groups that go unanswered.
constexpr milliseconds kReplaceInterval{5000};

template <class T>
void count_errors(ErrorCounts& errors, const std::vector<base::Result<T>>& results) {
  for (const auto& result : results)
    if (!result) errors.add(result.error().code);
}

}  // namespace

Session::Session(SessionKey key, const SessionOptions& options, std::string name,
                 std::shared_ptr<const Instruments> instruments, telemetry::Logger logger,
                 std::shared_ptr<Kerberos> kerberos, RetireClient retire)
    : key_(std::move(key)),
      options_(options),
      name_(std::move(name)),
      instruments_(std::move(instruments)),
      errors_(instruments_),
      retire_(std::move(retire)),
      context_(std::make_shared<ClientContext>(identity_of(key_), instruments_, std::move(logger))),
      kerberos_(std::move(kerberos)) {
  if (key_.credentials.sasl == SaslMechanism::kOauthBearer)
    authenticators_.tokens = std::make_shared<const OauthTokenClient>(key_.credentials);
}

Session::~Session() {
  replace(uncommitted_);
  replace(main_);
}

base::SteadyTime Session::bounded(base::SteadyTime deadline) const {
  return std::min(deadline, Clock::now() + options_.request_timeout);
}

void Session::replace(Connection& connection) {
  connection.metadata.reset();
  if (!connection.client) return;
  {
    const std::lock_guard lock(clients_mutex_);
    std::erase(clients_, connection.client);
    of_replaced_ += connection.client->statistics();
  }
  retire_(std::exchange(connection.client, nullptr));
}

base::Result<void> Session::make_client(Connection& connection, bool read_committed) {
  if (key_.credentials.sasl == SaslMechanism::kGssapi && !authenticators_.keytab) {
    auto keytab = kerberos_->prepare(key_.credentials);
    if (!keytab) return std::unexpected(keytab.error());
    authenticators_.keytab = std::move(*keytab);
  }
  auto key = key_;
  key.read_committed = read_committed;
  auto client = Client::create(key, options_, context_, authenticators_);
  if (!client) return std::unexpected(client.error());
  connection.client = std::move(*client);
  connection.metadata = std::make_unique<TopicMetadata>(*connection.client, options_.metadata_max_age);
  connection.made = Clock::now();
  const std::lock_guard lock(clients_mutex_);
  clients_.push_back(connection.client);
  return {};
}

base::Result<Session::Connection*> Session::connect(Connection& connection, bool read_committed,
                                                    base::SteadyTime deadline) {
  if (context_->interrupted) return base::fail(ErrorCode::kUnavailable, "Weir is stopping");
  if (!connection.client)
    if (auto made = make_client(connection, read_committed); !made) return std::unexpected(made.error());
  if (auto usable = connection.client->wait_until_usable(deadline); !usable) return std::unexpected(usable.error());
  return &connection;
}

std::vector<base::Result<std::int32_t>> Session::partition_counts(std::span<const std::string> topics,
                                                                  base::SteadyTime deadline) {
  const auto started = Clock::now();
  const auto until = bounded(deadline);
  std::vector<base::Result<std::int32_t>> counts;
  if (auto connection = connect(main_, key_.read_committed, until)) {
    counts = (*connection)->metadata->partition_counts(topics, until);
  } else {
    counts.assign(topics.size(), std::unexpected(connection.error()));
  }
  count_errors(errors_, counts);
  instruments_->observe_call("partition_counts", started);
  return counts;
}

std::vector<base::Result<lag::GroupCommits>> Session::committed(std::span<const lag::CommittedRequest> groups,
                                                                base::SteadyTime deadline) {
  const auto started = Clock::now();
  const auto until = bounded(deadline);
  CommittedAnswer answer;
  // Groups went unanswered at the last call. If brokers answer otherwise, librdkafka 2.0.2 holds on to a coordinator
  // that is gone, for as long as it is asked: only a new client looks for the present one.
  if (suspect_) context_->connection.lost();
  auto connection = connect(main_, key_.read_committed, until);
  if (connection && suspect_ && Clock::now() - main_.made > kReplaceInterval) {
    replace(main_);
    connection = connect(main_, key_.read_committed, until);
  }
  if (connection) {
    answer = fetch_committed(*main_.client, groups, options_.requests_in_flight, until);
    if (answer.moved && Clock::now() < until) {
      replace(main_);
      if ((connection = connect(main_, key_.read_committed, until)))
        answer = fetch_committed(*main_.client, groups, options_.requests_in_flight, until);
    }
  }
  suspect_ = answer.unanswered || answer.moved;
  if (!connection) answer.groups.assign(groups.size(), std::unexpected(connection.error()));
  count_errors(errors_, answer.groups);
  instruments_->observe_call("committed", started);
  return std::move(answer.groups);
}

std::vector<std::vector<base::Result<lag::Offset>>> Session::log_offsets(std::span<const lag::LogOffsetRequest> topics,
                                                                         lag::LogPosition position,
                                                                         base::SteadyTime deadline) {
  const auto started = Clock::now();
  const auto until = bounded(deadline);
  const bool second = key_.read_committed && position == lag::LogPosition::kHighWatermark;
  auto connection = second ? connect(uncommitted_, false, until) : connect(main_, key_.read_committed, until);
  std::vector<std::vector<base::Result<lag::Offset>>> offsets;
  if (connection) {
    offsets = fetch_log_offsets(*(*connection)->client, *(*connection)->metadata, topics, position, until);
  } else {
    for (const auto& topic : topics)
      offsets.emplace_back(topic.partitions.size(), std::unexpected(connection.error()));
  }
  for (const auto& topic : offsets)
    count_errors(errors_, topic);
  instruments_->observe_call("log_offsets", started);
  return offsets;
}

SessionStatus Session::status() const {
  SessionStatus status;
  status.name = name_;
  status.brokers = key_.brokers;
  status.authentication = key_.credentials.describe();
  status.read_committed = key_.read_committed;
  status.connected = context_->connection.usable();
  status.last_error = context_->connection.last_error();
  status.errors = errors_.by_code();
  const std::lock_guard lock(clients_mutex_);
  auto sum = of_replaced_;
  for (const auto& client : clients_)
    sum += client->statistics();
  show(sum, status);
  return status;
}

void Session::serve() {
  const std::lock_guard lock(clients_mutex_);
  for (const auto& client : clients_)
    client->poll();
}

}  // namespace weir::kafka
