#pragma once

#include <chrono>
#include <expected>
#include <string>

#include "base/error.h"

namespace weir::kube {

// Why the API server did not do what was asked: its HTTP status, and what its Status object says.
struct ApiError {
  int status = 0;            // 0: no answer came
  std::string reason = {};   // NotFound, AlreadyExists, Conflict, Expired, ...; empty where none was given
  std::string message = {};  // the server's words, and what was asked of it
  std::chrono::seconds retry_after{0};

  bool not_found() const { return status == 404; }
  bool conflict() const { return status == 409; }
  // The resourceVersion or page that was asked for is too old: list again.
  bool gone() const { return status == 410; }
  // The same call may work later.
  bool temporary() const { return status == 0 || status == 429 || status >= 500; }

  bool operator==(const ApiError&) const = default;
};

template <class T>
using ApiResult = std::expected<T, ApiError>;

// Reads the body of an answer of `status` to `request`, such as `GET /api/v1/pods`.
ApiError read_api_error(int status, const std::string& body, const std::string& request);

// In the words of the other modules.
base::Error to_error(const ApiError& error);

}  // namespace weir::kube
