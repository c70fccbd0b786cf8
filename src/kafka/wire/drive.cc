#include "kafka/wire/drive.h"

#include <vector>

#include <poll.h>

#include "base/parse.h"
#include "kafka/deadline.h"

namespace weir::kafka::wire {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// How soon an interruption is noticed.
constexpr milliseconds kSlice{50};

base::Error silent(const Connection& connection, milliseconds silence) {
  return {base::ErrorCode::kUnavailable,
          fmt::format("Kafka at {} did not answer for {}", connection.address(), base::format_duration(silence))};
}

// What goes on with one participant.
class Party {
 public:
  Party(Participant& participant, base::SteadyTime now) : participant_(participant), heard_(now) {}

  bool done() const { return participant_.error.has_value() || participant_.connection->outstanding() == 0; }
  pollfd wanted() const {
    const auto& connection = *participant_.connection;
    return {connection.descriptor(), static_cast<short>(POLLIN | (connection.wants_write() ? POLLOUT : 0)), 0};
  }

  void advance(base::SteadyTime now) {
    auto& connection = *participant_.connection;
    const auto before = connection.traffic().bytes_received;
    const auto advanced = connection.advance();
    // Who answers all and then hangs up has answered: a broker does so when it refuses credentials.
    if (!advanced && connection.outstanding() > 0) participant_.error = advanced.error();
    if (connection.traffic().bytes_received != before) heard_ = now;
  }

  void give_up(const Patience& patience, base::SteadyTime now) {
    if (done()) return;
    if (patience.interrupted != nullptr && *patience.interrupted) {
      participant_.error = base::Error{base::ErrorCode::kUnavailable, "Weir is stopping"};
    } else if (now - heard_ >= patience.silence || now >= patience.deadline) {
      participant_.error = silent(*participant_.connection, std::chrono::duration_cast<milliseconds>(now - heard_));
    }
  }

 private:
  Participant& participant_;
  base::SteadyTime heard_;
};

}  // namespace

void drive(std::span<Participant> participants, const Patience& patience) {
  std::vector<Party> parties;
  for (Participant& participant : participants)
    parties.emplace_back(participant, Clock::now());
  for (Party& party : parties)
    if (!party.done()) party.advance(Clock::now());
  for (;;) {
    std::vector<pollfd> wanted;
    std::vector<Party*> active;
    for (Party& party : parties) {
      party.give_up(patience, Clock::now());
      if (party.done()) continue;
      wanted.push_back(party.wanted());
      active.push_back(&party);
    }
    if (active.empty()) return;
    poll(wanted.data(), wanted.size(), remaining_ms(patience.deadline, kSlice));
    for (std::size_t i = 0; i < active.size(); ++i)
      if (wanted[i].revents != 0) active[i]->advance(Clock::now());
  }
}

}  // namespace weir::kafka::wire
