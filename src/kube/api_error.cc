#include "kube/api_error.h"

#include "kube/json.h"

namespace weir::kube {

ApiError read_api_error(int status, const std::string& body, const std::string& request) {
  ApiError error{.status = status};
  const Json answer = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  std::string words;
  if (answer.is_object()) {
    error.reason = text_at(answer, "/reason");
    words = text_at(answer, "/message");
  } else {
    words = body.substr(0, 200);
  }
  error.message = fmt::format("{}: {} {}", request, status, words.empty() ? "without a reason" : words);
  return error;
}

base::Error to_error(const ApiError& error) {
  const auto code = [&] {
    switch (error.status) {
      case 400:
      case 422:
        return base::ErrorCode::kInvalidArgument;
      case 401:
        return base::ErrorCode::kUnauthenticated;
      case 403:
        return base::ErrorCode::kPermissionDenied;
      case 404:
        return base::ErrorCode::kNotFound;
      case 429:
        return base::ErrorCode::kResourceExhausted;
      default:
        return base::ErrorCode::kUnavailable;
    }
  }();
  return {code, error.message};
}

}  // namespace weir::kube
