#pragma once

#include <chrono>

namespace weir::cli {

// Keeps SIGINT and SIGTERM from ending this process; must come before the first thread, which inherits it. Ignores
// SIGPIPE.
void block_stop_signals();

// The signal that asks to stop, once one has come; 0 when `most` has passed first. Only one thread may wait.
int wait_for_stop_signal(std::chrono::milliseconds most);
int wait_for_stop_signal();

}  // namespace weir::cli
