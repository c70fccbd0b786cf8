#include "cli/watched_files.h"

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <optional>

namespace weir::cli {
namespace {

constexpr std::chrono::seconds kLookInterval{1};

std::optional<base::Secret> read_secret(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) return std::nullopt;
  return base::Secret(std::move(bytes));
}

}  // namespace

base::Result<std::unique_ptr<WatchedFiles>> WatchedFiles::open(const std::vector<std::filesystem::path>& files) {
  std::unique_ptr<WatchedFiles> watched(new WatchedFiles);
  for (const auto& file : files) {
    auto content = read_secret(file);
    if (!content || std::filesystem::is_directory(file))
      return base::fail(base::ErrorCode::kInvalidArgument, "{}: cannot be read; check the path and who may read it",
                        file.string());
    watched->contents_[file] = std::move(*content);
  }
  if (!files.empty())
    watched->thread_ = std::jthread([raw = watched.get()](std::stop_token stop) { raw->watch(stop); });
  return watched;
}

base::Secret WatchedFiles::content(const std::filesystem::path& file) const {
  const std::scoped_lock lock(mutex_);
  const auto found = contents_.find(file);
  return found == contents_.end() ? base::Secret() : found->second;
}

void WatchedFiles::watch(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, kLookInterval, [] { return false; });
    if (!stop.stop_requested()) read_again();
  }
}

void WatchedFiles::read_again() {
  // Keys never change after open(), so only the values need the lock.
  for (auto& [file, content] : contents_) {
    auto fresh = read_secret(file);
    const std::scoped_lock lock(mutex_);
    if (!fresh || *fresh == content) continue;
    content = std::move(*fresh);
    ++generation_;
  }
}

}  // namespace weir::cli
