#include "kafka/client.h"

#include <array>

#include <syslog.h>

#include "kafka/deadline.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// How long a call waits for a reconnect when the last one was refused: a little more than the longest back-off.
constexpr milliseconds kRefusalPatience{1200};

}  // namespace

Client::Client(std::shared_ptr<ClientContext> context, Authenticators authenticators)
    : context_(std::move(context)), authenticators_(std::move(authenticators)) {}

base::Result<std::shared_ptr<Client>> Client::create(const SessionKey& key, const SessionOptions& options,
                                                     std::shared_ptr<ClientContext> context,
                                                     Authenticators authenticators) {
  auto properties = client_properties(key, options);
  if (authenticators.keytab) authenticators.keytab->add_to(properties);
  auto conf = make_conf(properties);
  if (!conf) return std::unexpected(conf.error());
  std::shared_ptr<Client> client(new Client(std::move(context), std::move(authenticators)));
  rd_kafka_conf_set_opaque(conf->get(), client.get());
  rd_kafka_conf_set_error_cb(conf->get(), on_error);
  rd_kafka_conf_set_log_cb(conf->get(), on_log);
  rd_kafka_conf_set_stats_cb(conf->get(), on_statistics);
  if (client->authenticators_.tokens) {
    // Tokens are fetched on librdkafka's background thread: it is HTTP and may take long.
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf->get(), on_token_wanted);
    rd_kafka_conf_enable_sasl_queue(conf->get(), 1);
  }
  std::array<char, 512> reason{};
  client->handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), reason.data(), reason.size());
  if (client->handle_ == nullptr)
    return base::fail(ErrorCode::kInvalidArgument, "the Kafka client cannot be made for {}: {}",
                      client->connection().identity().brokers, reason.data());
  static_cast<void>(conf->release());  // rd_kafka_new took it
  if (client->authenticators_.tokens) {
    if (const ErrorPtr error{rd_kafka_sasl_background_callbacks_enable(client->handle_)})
      return base::fail(ErrorCode::kInternal, "OAUTHBEARER cannot be set up: {}", rd_kafka_error_string(error.get()));
  }
  return client;
}

Client::~Client() {
  if (handle_ == nullptr) return;
  poll();
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void Client::poll() const {
  while (rd_kafka_poll(handle_, 0) > 0) {
  }
}

base::Result<void> Client::wait_until_usable(base::SteadyTime deadline) const {
  poll();
  if (connection().usable()) return {};
  const auto started = Clock::now();
  const auto refusals_before = connection().refusals();
  // The slices grow, so that a slow network gets its answer, and a refusal is noticed soon.
  for (milliseconds slice(200);; slice *= 2) {
    const struct rd_kafka_metadata* answer = nullptr;
    const auto err = rd_kafka_metadata(handle_, 0, nullptr, &answer, remaining_ms(deadline, slice));
    const MetadataPtr owned(answer);
    poll();
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      connection().succeeded();
      return {};
    }
    const auto refusal = connection().refusal();
    const bool refused_again = connection().refusals() > refusals_before;
    if (refusal && (refused_again || Clock::now() - started >= kRefusalPatience)) return std::unexpected(*refusal);
    if (interrupted() || Clock::now() >= deadline) return std::unexpected(connection().explain(err));
  }
}

Statistics Client::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void Client::on_error(rd_kafka_t*, int err, const char* reason, void* opaque) {
  static_cast<Client*>(opaque)->connection().failed(static_cast<rd_kafka_resp_err_t>(err), reason);
}

void Client::on_log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  const auto& logger = static_cast<const Client*>(rd_kafka_opaque(handle))->context_->logger;
  const telemetry::Logger::Fields fields{{"facility", facility}, {"text", text}};
  // A connection that fails heals itself or fails the requests, whose errors are handled: not an error of its own.
  if (level <= LOG_CRIT) {
    logger.error("Kafka client", fields);
  } else if (level <= LOG_WARNING) {
    logger.warn("Kafka client", fields);
  } else if (level <= LOG_INFO) {
    logger.info("Kafka client", fields);
  } else {
    logger.debug("Kafka client", fields);
  }
}

int Client::on_statistics(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
  auto& client = *static_cast<Client*>(opaque);
  auto now = parse_statistics({json, size});
  const std::lock_guard lock(client.mutex_);
  client.context_->instruments->count(client.statistics_, now);
  client.statistics_ = std::move(now);
  return 0;
}

void Client::on_token_wanted(rd_kafka_t* handle, const char*, void* opaque) {
  auto& client = *static_cast<Client*>(opaque);
  const auto token = client.authenticators_.tokens->fetch();
  if (!token) {
    client.connection().failed(token.error());
    rd_kafka_oauthbearer_set_token_failure(handle, token.error().message.c_str());
    return;
  }
  std::vector<const char*> extensions;
  for (const auto& [name, value] : token->extensions) {
    extensions.push_back(name.c_str());
    extensions.push_back(value.c_str());
  }
  std::array<char, 256> reason{};
  if (rd_kafka_oauthbearer_set_token(handle, token->value.reveal().c_str(), token->expires_ms, token->principal.c_str(),
                                     extensions.data(), extensions.size(), reason.data(),
                                     reason.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    client.connection().failed(
        {ErrorCode::kUnauthenticated, fmt::format("the token from {} cannot be used: {}",
                                                  client.connection().identity().token_endpoint, reason.data())});
    rd_kafka_oauthbearer_set_token_failure(handle, "the token cannot be used");
  }
}

}  // namespace weir::kafka
