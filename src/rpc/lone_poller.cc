#include "rpc/lone_poller.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

namespace weir::rpc {
namespace {

// By then another thread that is free has begun a call back.
constexpr std::chrono::milliseconds kPatience{50};
constexpr std::chrono::seconds kMostPatience{2};
// The calls are made to be answered, by no matter what.
constexpr const char* kNoMethod = "/weir.v1.Lag/Nothing";

struct Nudge {
  grpc::ClientContext context;
  grpc::Slice nothing;
  grpc::ByteBuffer request{&nothing, 1};
  grpc::ByteBuffer response;
};

}  // namespace

// gRPC neither tells nor lets choose how many threads there are. So calls are made whose ends each hold up a thread
// until the end of the next one shows that there is another: the last finds none, and goes on.
struct LonePoller::State : std::enable_shared_from_this<State> {
  explicit State(grpc::Server& server) : stub(server.InProcessChannel(grpc::ChannelArguments())) {}

  void call() {
    Nudge* made = nullptr;
    {
      const std::scoped_lock lock(mutex);
      ++outstanding;
      made = &calls.emplace_back();
    }
    stub->UnaryCall(&made->context, kNoMethod, {}, &made->request, &made->response,
                    [self = shared_from_this()](const grpc::Status&) { self->ended(); });
  }

  void ended() {
    std::unique_lock lock(mutex);
    const int place = ++ends;
    changed.notify_all();
    if (!settled && !released) {
      lock.unlock();
      call();
      lock.lock();
      if (changed.wait_for(lock, kPatience, [&] { return ends > place || released; })) {
        changed.wait(lock, [this] { return released; });
      } else {
        settled = true;
      }
    }
    --outstanding;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  int ends = 0;         // calls whose end was called back
  int outstanding = 0;  // calls whose end still is, or holds up a thread
  bool settled = false;
  bool released = false;
  // Of the thread that destroys the poller: gRPC's own threads end with the last of these, and cannot wait for
  // themselves.
  std::deque<Nudge> calls;
  std::optional<grpc::GenericStub> stub;
};

LonePoller::LonePoller(grpc::Server& server) : state_(std::make_shared<State>(server)) {
  state_->call();
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, kMostPatience, [this] { return state_->settled; });
  state_->settled = true;
}

LonePoller::~LonePoller() {
  std::unique_lock lock(state_->mutex);
  state_->released = true;
  state_->changed.notify_all();
  state_->changed.wait(lock, [this] { return state_->outstanding == 0; });
  state_->calls.clear();
  state_->stub.reset();
}

}  // namespace weir::rpc
