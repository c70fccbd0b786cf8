#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/wire/connection.h"

namespace weir::kafka::wire {

// One connection that takes part in a drive, and why it failed, if it did.
struct Participant {
  Connection* connection = nullptr;
  std::optional<base::Error> error;
};

// How long a drive may take.
struct Patience {
  base::SteadyTime deadline;
  // A connection from which nothing comes for so long fails.
  std::chrono::milliseconds silence{2000};
  const std::atomic<bool>* interrupted = nullptr;
};

// Runs the connections, all at once, until each has every answer it waits for or has failed. What fails stays failed:
// its connection is of no use any more.
void drive(std::span<Participant> participants, const Patience& patience);

}  // namespace weir::kafka::wire
