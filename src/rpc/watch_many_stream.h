#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "rpc/context.h"
#include "weir/v1/lag.pb.h"

namespace weir::rpc {

// One Lag.WatchMany: an empty message when it opens, and once a second what has changed of the triggers that the client
// has named by then. What a trigger may read is decided for each, as for any other call of this client. Owns itself
// until gRPC is done with it.
class WatchManyStream final : public grpc::ServerBidiReactor<v1::WatchManyRequest, v1::LagSummaries>,
                              public OpenStream,
                              public std::enable_shared_from_this<WatchManyStream> {
 public:
  using Reactor = grpc::ServerBidiReactor<v1::WatchManyRequest, v1::LagSummaries>;

  // The result is what a callback service returns. `server` lives until the reactor's OnDone.
  static Reactor* open(Context& context, const grpc::ServerContextBase& server);

  WatchManyStream(Context& context, const grpc::ServerContextBase& server) : context_(context), server_(server) {}

  void end() override { finish(grpc::Status::OK); }
  void tick(bool generation_changed) override;
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { finish(grpc::Status::CANCELLED); }
  void OnDone() override;

 private:
  struct Entry {
    Caller caller;
    std::string name;
    scaling::TriggerMetadata metadata;  // until it is found
    std::size_t waiting_bytes = 0;      // of that
    TriggerPtr trigger;                 // null: never found yet
    std::optional<base::Error> error;   // why it was not found last
    std::shared_ptr<void> kept;         // in the table of triggers
    monitor::ListenerGuard listener;    // keeps the group refreshed
    std::string sent;
  };

  void read_on();
  void take_request();
  void find(Entry& entry) const;
  // Whether one that was not found may be looked for again.
  base::Result<void> let_wait(Entry& entry);
  void look_again(Entry& entry);
  // The news of an entry since the last time; none: nothing is known yet, or nothing new.
  std::optional<v1::LagSummary> news(std::uint64_t id, Entry& entry) const;
  std::optional<base::Result<scaling::Decision>> look(const Entry& entry) const;
  void write(v1::LagSummaries message);
  void finish(const grpc::Status& status);
  void finish_locked();

  Context& context_;
  const grpc::ServerContextBase& server_;
  std::mutex mutex_;
  std::map<std::uint64_t, Entry> entries_;
  std::size_t waiting_bytes_ = 0;                 // of all entries
  std::map<std::uint64_t, base::Error> refused_;  // to be told, and forgotten
  bool paused_ = false;                           // no request is read until they have been
  v1::WatchManyRequest request_;
  v1::LagSummaries response_;
  base::SteadyTime end_at_;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> status_;  // set: it ends with this as soon as no write is in flight
  std::shared_ptr<WatchManyStream> self_;
};

}  // namespace weir::rpc
