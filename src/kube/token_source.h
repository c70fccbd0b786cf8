#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace weir::kube {

// A bearer token, fixed or from a file that the kubelet rewrites before the token in it ends. Thread-safe.
class TokenSource {
 public:
  // An empty `file`: `fixed` it stays.
  TokenSource(base::Secret fixed, std::filesystem::path file, const base::Clock& clock);

  // At most a minute older than the file; the last one that could be read while the file cannot. Empty: none.
  base::Secret token();

  // Makes the next token() read the file: the API server refused the token.
  void refused();

 private:
  const std::filesystem::path file_;
  const base::Clock& clock_;
  std::mutex mutex_;
  base::Secret token_;
  base::SteadyTime read_again_{};
};

}  // namespace weir::kube
