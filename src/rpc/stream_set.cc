#include "rpc/stream_set.h"

namespace weir::rpc {

base::SteadyTime StreamSet::add(const std::shared_ptr<OpenStream>& stream, base::SteadyTime now) {
  const std::scoped_lock lock(mutex_);
  streams_.emplace(stream.get(), stream);
  if (closed_) return now;
  const double factor = std::uniform_real_distribution(0.9, 1.1)(random_);
  return now + std::chrono::duration_cast<std::chrono::milliseconds>(max_age_ * factor);
}

void StreamSet::remove(const OpenStream* stream) {
  const std::scoped_lock lock(mutex_);
  streams_.erase(stream);
}

std::vector<std::shared_ptr<OpenStream>> StreamSet::all() {
  std::vector<std::shared_ptr<OpenStream>> streams;
  const std::scoped_lock lock(mutex_);
  for (const auto& [address, stream] : streams_) {
    if (auto held = stream.lock()) streams.push_back(std::move(held));
  }
  return streams;
}

void StreamSet::tick(bool generation_changed) {
  for (const auto& stream : all())
    stream->tick(generation_changed);
}

void StreamSet::end_all() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  for (const auto& stream : all())
    stream->end();
}

}  // namespace weir::rpc
