#pragma once

#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>

#include "base/error.h"
#include "kafka/credentials.h"

namespace weir::kafka {

// Whom an error message is about: the brokers a session was given, and as whom it comes.
struct Identity {
  std::string brokers;  // host:port, separated by commas
  std::string user;     // empty: anonymous
  SaslMechanism mechanism = SaslMechanism::kNone;
  std::string token_endpoint;
  bool client_certificate = false;
  bool aws_msk_iam = false;
};

// Kafka's name of a mechanism: SCRAM-SHA-512.
std::string_view mechanism_name(SaslMechanism mechanism);

// What an error code means for one topic, one group, or the whole cluster. `err` is not NO_ERROR.
base::Error topic_error(rd_kafka_resp_err_t err, std::string_view topic, const Identity& identity);
base::Error group_error(rd_kafka_resp_err_t err, std::string_view group, const Identity& identity);
base::Error cluster_error(rd_kafka_resp_err_t err, const Identity& identity);

// What a lost or refused connection means, from librdkafka's code and text. kUnauthenticated when the broker refused
// the credentials or either side refused the other's certificate, kUnavailable otherwise.
base::Error connection_error(rd_kafka_resp_err_t err, std::string_view text, const Identity& identity);

// Whether asking again, of the leader or coordinator that is known by then, may succeed.
bool is_retriable(rd_kafka_resp_err_t err);

// Whether the answer came from a broker that leads the partition or coordinates the group no longer.
bool is_moved(rd_kafka_resp_err_t err);

// Whether no broker answered in time.
bool is_unanswered(rd_kafka_resp_err_t err);

}  // namespace weir::kafka
