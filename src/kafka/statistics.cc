#include "kafka/statistics.h"

#include <nlohmann/json.hpp>

#include "kafka/session_pool.h"

namespace weir::kafka {
namespace {

using nlohmann::json;

std::uint64_t number(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

void add_broker(Statistics& statistics, const json& broker) {
  statistics.bytes_sent += number(broker, "txbytes");
  statistics.bytes_received += number(broker, "rxbytes");
  statistics.connects += number(broker, "connects");
  statistics.disconnects += number(broker, "disconnects");
  const auto requests = broker.find("req");
  if (requests == broker.end() || !requests->is_object()) return;
  for (const auto& [name, count] : requests->items())
    if (count.is_number_unsigned() && count.get<std::uint64_t>() > 0)
      statistics.requests[name] += count.get<std::uint64_t>();
}

}  // namespace

std::uint64_t Statistics::all_requests() const {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : requests)
    sum += count;
  return sum;
}

Statistics& Statistics::operator+=(const Statistics& other) {
  for (const auto& [name, count] : other.requests)
    requests[name] += count;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  connects += other.connects;
  disconnects += other.disconnects;
  return *this;
}

void show(const Statistics& statistics, SessionStatus& status) {
  status.requests = statistics.all_requests();
  status.requests_by_type = statistics.requests;
  status.bytes_sent = statistics.bytes_sent;
  status.bytes_received = statistics.bytes_received;
  status.connects = statistics.connects;
  status.disconnects = statistics.disconnects;
}

Statistics parse_statistics(std::string_view text) {
  // The topics are most of the text and of no use here: they are dropped while it is read.
  const auto keep = [](int depth, json::parse_event_t event, json& parsed) {
    return !(event == json::parse_event_t::key && depth == 1 && parsed == "topics");
  };
  Statistics statistics;
  const auto all = json::parse(text, keep, false);
  if (!all.is_object()) return statistics;
  const auto brokers = all.find("brokers");
  if (brokers == all.end() || !brokers->is_object()) return statistics;
  for (const auto& broker : *brokers)
    if (broker.is_object()) add_broker(statistics, broker);
  return statistics;
}

}  // namespace weir::kafka
