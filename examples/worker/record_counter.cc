#include "worker/record_counter.h"

#include <condition_variable>
#include <mutex>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace weir::worker {
namespace {

constexpr std::chrono::seconds kWriteAgain{1};

// False when `stop` came first.
bool wait_for(std::chrono::microseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

base::Result<std::unique_ptr<RecordCounter>> RecordCounter::open(std::chrono::microseconds delay,
                                                                 const std::filesystem::path& log) {
  int file = -1;
  if (!log.empty()) {
    file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0)
      return base::fail(base::ErrorCode::kInvalidArgument, "--log-records {}: cannot be written; check the folder",
                        log.string());
  }
  return std::unique_ptr<RecordCounter>(new RecordCounter(delay, file));
}

RecordCounter::~RecordCounter() {
  if (file_ >= 0) close(file_);
}

bool RecordCounter::handle(const Record& record, const std::stop_token& stop) {
  if (delay_.count() > 0 && !wait_for(delay_, stop)) return false;
  if (file_ >= 0) {
    // One write a line: lines of several consumers, and of several workers, do not mix.
    const auto line = fmt::format("{} {} {} {}\n", record.group, record.topic, record.partition, record.offset);
    while (write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      if (!wait_for(kWriteAgain, stop)) return false;
  }
  ++records_;
  return true;
}

}  // namespace weir::worker
