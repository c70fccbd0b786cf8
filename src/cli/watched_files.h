#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

namespace weir::cli {

// Small files kept in memory, read again once a second by a thread of its own. A file that goes away keeps its last
// content, so that a moment without it costs nothing. Thread-safe.
class WatchedFiles {
 public:
  // kInvalidArgument names the file that cannot be read.
  static base::Result<std::unique_ptr<WatchedFiles>> open(const std::vector<std::filesystem::path>& files);

  // The bytes of one of the files; empty for another path.
  base::Secret content(const std::filesystem::path& file) const;

  // Grows with every change of a file.
  std::uint64_t generation() const { return generation_; }

 private:
  WatchedFiles() = default;
  void watch(std::stop_token stop);
  void read_again();

  mutable std::mutex mutex_;
  std::map<std::filesystem::path, base::Secret> contents_;
  std::atomic<std::uint64_t> generation_{0};
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace weir::cli
