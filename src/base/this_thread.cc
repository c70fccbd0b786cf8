#include "base/this_thread.h"

#include <string>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace weir::base {

void name_this_thread(std::string_view name) {
  constexpr std::size_t kMostBytes = 15;
  pthread_setname_np(pthread_self(), std::string(name.substr(0, kMostBytes)).c_str());
}

void let_others_go_first() {
  // A third of the share of the others. Linux sets it for the one thread of this id.
  constexpr int kNicer = 5;
  const auto thread = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kNicer);
}

}  // namespace weir::base
