#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "worker/kafka_consumer.h"

namespace weir::worker {

// Counts records, takes as long for each as work would, and writes each one down. Thread-safe.
class RecordCounter final : public RecordHandler {
 public:
  // `log` gets a line `GROUP TOPIC PARTITION OFFSET` for each record, after what is there, before it counts as handled;
  // empty: none. kInvalidArgument when it cannot be written.
  static base::Result<std::unique_ptr<RecordCounter>> open(std::chrono::microseconds delay,
                                                           const std::filesystem::path& log);
  ~RecordCounter() override;
  RecordCounter(const RecordCounter&) = delete;
  RecordCounter& operator=(const RecordCounter&) = delete;

  bool handle(const Record& record, const std::stop_token& stop) override;

  std::int64_t records() const { return records_; }

 private:
  RecordCounter(std::chrono::microseconds delay, int file) : delay_(delay), file_(file) {}

  const std::chrono::microseconds delay_;
  const int file_;  // -1: none
  std::atomic<std::int64_t> records_{0};
};

}  // namespace weir::worker
