#include "cli/signals.h"

#include <csignal>
#include <ctime>

namespace weir::cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int wait_for_stop_signal(std::chrono::milliseconds most) {
  const sigset_t set = stop_signals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(most);
  const timespec time{.tv_sec = seconds.count(),
                      .tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(most - seconds).count()};
  const int signal = sigtimedwait(&set, nullptr, &time);
  return signal > 0 ? signal : 0;
}

int wait_for_stop_signal() {
  const sigset_t set = stop_signals();
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
  return signal;
}

}  // namespace weir::cli
