#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace weir::test {

// A process of a test's own, which ends with the object (SIGKILL) or with the test.
class Process {
 public:
  // Standard error goes to `log`, after what is there.
  Process(const std::vector<std::string>& command, std::filesystem::path log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool running() const;
  void signal(int number) const;
  // Waits for its end; its exit code, or -1 where a signal ended it.
  int wait();

  // What it has logged so far.
  std::string log() const;
  // Memory that is resident, in MiB.
  double resident_mib() const;

 private:
  std::filesystem::path log_;
  pid_t pid_ = -1;
};

// A TCP port of 127.0.0.1 that nobody listens on.
int free_port();

}  // namespace weir::test
