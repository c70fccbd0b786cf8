#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace weir::kafka {

// What one client has done since it was made, by librdkafka's statistics.
struct Statistics {
  std::map<std::string, std::uint64_t> requests;  // by Kafka's name of the request
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  std::uint64_t connects = 0, disconnects = 0;

  std::uint64_t all_requests() const;
  Statistics& operator+=(const Statistics& other);
  bool operator==(const Statistics&) const = default;
};

struct SessionStatus;

// Makes a session's status tell what its clients have done.
void show(const Statistics& statistics, SessionStatus& status);

// From the JSON of a statistics event; what is missing counts as 0.
Statistics parse_statistics(std::string_view json);

}  // namespace weir::kafka
