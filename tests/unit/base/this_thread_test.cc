#include "base/this_thread.h"

#include <algorithm>
#include <array>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace weir::base {
namespace {

std::string name_of_this_thread() {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

int nice_of_this_thread() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

TEST(ThisThread, GetsTheNameThatFits) {
  std::thread([] {
    name_this_thread("refresh");
    EXPECT_EQ(name_of_this_thread(), "refresh");
    name_this_thread("a_name_that_is_too_long");
    EXPECT_EQ(name_of_this_thread(), "a_name_that_is_");
  }).join();
}

TEST(ThisThread, LetsOthersGoFirstAndNoOtherThreadDoes) {
  const int before = nice_of_this_thread();
  std::thread([before] {
    let_others_go_first();
    constexpr int kMost = 19;
    EXPECT_EQ(nice_of_this_thread(), std::min(before + 5, kMost));
  }).join();
  EXPECT_EQ(nice_of_this_thread(), before);
}

}  // namespace
}  // namespace weir::base
