#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "support/self_signed.h"

namespace weir::test {

// One connection that a TcpServer accepted. Every call blocks; false or none means that it is closed.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual std::optional<std::string> read(std::size_t most) = 0;
  virtual bool write(std::string_view bytes) = 0;

  std::optional<std::string> read_exactly(std::size_t count);
  // Everything up to `end`, which is included, a byte at a time.
  std::optional<std::string> read_until(std::string_view end);
  // Waits until the client or the server closes the connection; what comes is dropped.
  void wait_until_closed();
};

// A server on a free port of 127.0.0.1 with a thread for each connection. TLS where a certificate is given.
class TcpServer {
 public:
  using Serve = std::function<void(Stream&)>;

  explicit TcpServer(Serve serve, std::optional<Certificate> certificate = std::nullopt);
  // Closes all connections and waits for their threads.
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string address() const;
  int connections() const { return connections_; }
  // Whether the server is being closed, for those who serve without end.
  bool stopping() const { return stopping_; }

 private:
  struct Tls;
  struct Accepted {
    int descriptor;
    std::jthread thread;
  };

  void accept_all();
  void serve(int descriptor);

  const Serve serve_;
  std::shared_ptr<Tls> tls_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::list<Accepted> accepted_;
  std::jthread thread_;
};

}  // namespace weir::test
