#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir::base {

// What went wrong, in the words that a caller can act on. src/rpc/status.cc maps these to gRPC codes.
enum class ErrorCode {
  kInvalidArgument,    // the request or a file is wrong: changing it helps
  kNotFound,           // a topic, profile or Secret does not exist
  kPermissionDenied,   // a namespace, caller or Kafka principal may not do this
  kUnauthenticated,    // Kafka or a token endpoint refused the credentials
  kResourceExhausted,  // a quota is used up
  kUnavailable,        // Kafka is away or an answer is too old: the same call may work later
  kInternal,           // a defect in Weir
};

std::string_view to_string(ErrorCode code);

// An error that crosses a module border. The message says what to change and never holds a secret.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

// Makes the unexpected side of a Result: `return fail(ErrorCode::kNotFound, "topic {} does not exist", topic);`.
template <class... Args>
std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace weir::base
