#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace weir::test {

// A Kafka broker of its own for a test (tests/support/kafka_broker.sh), ended and removed with the object.
// Throws std::runtime_error with the script's words when something cannot be done.
class KafkaBroker {
 public:
  // `options` are those of the script's start command.
  explicit KafkaBroker(const std::vector<std::string>& options = {});
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  // host:port of a listener, by the script's name of it.
  std::string bootstrap(const std::string& listener = "plain") const;
  std::filesystem::path directory() const { return directory_; }
  // The text of a file below the directory: pki/ca.crt.
  std::string file(const std::string& path) const;

  void stop();
  void kill();
  void pause();
  void resume();
  void restart();

 private:
  void run(const std::string& command, const std::vector<std::string>& options = {}) const;
  void read_environment();

  std::filesystem::path directory_;
  std::map<std::string, std::string> environment_;
};

// Established TCP connections from this machine to a port of 127.0.0.1.
int connections_to(const std::string& host_and_port);

}  // namespace weir::test
