#include "rpc/status.h"

#include <array>

namespace weir::rpc {
namespace {

constexpr std::array<std::string_view, 17> kCodeNames{
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

grpc::StatusCode to_code(base::ErrorCode code) {
  switch (code) {
    case base::ErrorCode::kInvalidArgument:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case base::ErrorCode::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case base::ErrorCode::kPermissionDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case base::ErrorCode::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case base::ErrorCode::kResourceExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case base::ErrorCode::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case base::ErrorCode::kInternal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

}  // namespace

grpc::Status to_status(const base::Error& error) {
  return {to_code(error.code), error.message};
}

base::Error to_error(const grpc::Status& status, std::string_view address) {
  const std::string& text = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
      return {base::ErrorCode::kInvalidArgument, text};
    case grpc::StatusCode::NOT_FOUND:
      return {base::ErrorCode::kNotFound, text};
    case grpc::StatusCode::PERMISSION_DENIED:
      return {base::ErrorCode::kPermissionDenied, text};
    case grpc::StatusCode::UNAUTHENTICATED:
      return {base::ErrorCode::kUnauthenticated, text};
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return {base::ErrorCode::kResourceExhausted, text};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {base::ErrorCode::kInvalidArgument,
              fmt::format("{} is not a Weir scaler, or an older one: {}", address, text)};
    case grpc::StatusCode::UNAVAILABLE:
      if (text == "Socket closed")
        return {base::ErrorCode::kUnavailable,
                fmt::format("scaler {}: {}; one with TLS hangs up so on a client without", address, text)};
      [[fallthrough]];
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
      return {base::ErrorCode::kUnavailable, fmt::format("scaler {}: {}", address, text)};
    default:
      return {base::ErrorCode::kInternal,
              fmt::format("scaler {}: {} {}", address, code_name(status.error_code()), text)};
  }
}

std::string_view code_name(grpc::StatusCode code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kCodeNames.size() ? kCodeNames[index] : "UNKNOWN";
}

}  // namespace weir::rpc
