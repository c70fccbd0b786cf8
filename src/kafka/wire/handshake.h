#pragma once

#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/credentials.h"
#include "kafka/oauth_token_client.h"
#include "kafka/wire/api_versions.h"
#include "kafka/wire/connection.h"
#include "kafka/wire/drive.h"

namespace weir::kafka::wire {

// Learns what a broker speaks.
base::Result<ApiVersionsResponse> ask_versions(Connection& connection, const Patience& patience);

// Asks a broker for the brokers there are, just to see whether it answers.
base::Result<void> ask_brokers(Connection& connection, const Patience& patience);

// When a connection is to be authenticated anew, and when the broker ends it otherwise.
struct Renewal {
  base::SteadyTime at, end;
};

// Authenticates a connection, anew if need be (KIP-368). Returns when that must be done again; none: never. `tokens` is
// needed for OAUTHBEARER, and fetched before anything is sent. kUnauthenticated when the broker refuses; the text names
// the user and what to check.
base::Result<std::optional<Renewal>> authenticate(Connection& connection, const Credentials& credentials,
                                                  const OauthTokenClient* tokens, const Patience& patience);

}  // namespace weir::kafka::wire
