#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/client_config.h"
#include "kafka/client_handle.h"
#include "kafka/connection_state.h"
#include "kafka/instruments.h"
#include "kafka/kerberos.h"
#include "kafka/oauth_token_client.h"
#include "kafka/statistics.h"
#include "telemetry/logging.h"

namespace weir::kafka {

// What the clients of one session share.
struct ClientContext {
  ClientContext(Identity identity, std::shared_ptr<const Instruments> all_instruments, telemetry::Logger its_logger)
      : connection(std::move(identity)), instruments(std::move(all_instruments)), logger(std::move(its_logger)) {}

  ConnectionState connection;
  const std::shared_ptr<const Instruments> instruments;
  const telemetry::Logger logger;
  std::atomic<bool> interrupted = false;
};

// What a mechanism needs beside properties; both empty for most.
struct Authenticators {
  std::shared_ptr<const OauthTokenClient> tokens;
  std::shared_ptr<const KerberosKeytab> keytab;
};

// One rd_kafka_t with its callbacks. handle() is used by one thread at a time; the rest is thread-safe.
// Destruction waits for librdkafka's threads, which may take some seconds: not on a thread that anybody waits for.
class Client {
 public:
  // kInvalidArgument when librdkafka refuses the configuration.
  static base::Result<std::shared_ptr<Client>> create(const SessionKey& key, const SessionOptions& options,
                                                      std::shared_ptr<ClientContext> context,
                                                      Authenticators authenticators);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_t* handle() const { return handle_; }
  ConnectionState& connection() const { return context_->connection; }
  bool interrupted() const { return context_->interrupted; }

  // Runs the callbacks that are due: errors and statistics.
  void poll() const;

  // Waits until a broker answers, if none did lately. Ends early when Kafka refuses the credentials.
  base::Result<void> wait_until_usable(base::SteadyTime deadline) const;

  Statistics statistics() const;

 private:
  Client(std::shared_ptr<ClientContext> context, Authenticators authenticators);

  static void on_error(rd_kafka_t* client, int err, const char* reason, void* opaque);
  static void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text);
  static int on_statistics(rd_kafka_t* client, char* json, std::size_t size, void* opaque);
  static void on_token_wanted(rd_kafka_t* client, const char* config, void* opaque);

  const std::shared_ptr<ClientContext> context_;
  const Authenticators authenticators_;
  rd_kafka_t* handle_ = nullptr;
  mutable std::mutex mutex_;
  Statistics statistics_;
};

}  // namespace weir::kafka
