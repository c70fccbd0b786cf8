#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "lag/lag_client.h"

namespace weir::rpc {

// How to reach a scaler over TLS. PEM files; read once.
struct ClientTlsFiles {
  std::string ca;                // empty: the system's
  std::string certificate, key;  // empty: none is shown
};

// A client of weir.v1.Lag at HOST:PORT; connects at its first call. kInvalidArgument names a file that cannot be read.
base::Result<std::unique_ptr<lag::LagClient>> make_lag_client(const std::string& address,
                                                              const std::optional<ClientTlsFiles>& tls = std::nullopt);

// The same for Lag.WatchMany.
base::Result<std::unique_ptr<lag::LagNewsClient>> make_lag_news_client(
    const std::string& address, const std::optional<ClientTlsFiles>& tls = std::nullopt);

}  // namespace weir::rpc
