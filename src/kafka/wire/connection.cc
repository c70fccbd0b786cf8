#include "kafka/wire/connection.h"

#include <algorithm>
#include <span>

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;

// A TLS record fits into the first, so that nothing is left where poll() would not see it; most answers do, too.
constexpr std::size_t kFirstReadBytes = 16 << 10;
constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::size_t kLengthBytes = sizeof(std::int32_t);
// Who sends without end gets no more than this before others have their turn, and the deadline a look.
constexpr std::size_t kReadAtOnce = 4 << 20;
// Input grows to the largest answer; what is this much larger than the present need is given back.
constexpr std::size_t kKeptBytes = 256 << 10;

}  // namespace

Traffic& Traffic::operator+=(const Traffic& more) {
  for (const auto& [key, count] : more.requests)
    requests[key] += count;
  bytes_sent += more.bytes_sent;
  bytes_received += more.bytes_received;
  return *this;
}

std::size_t Connection::begin(Writer& out, const Api& api) {
  const std::size_t length_at = out.size();
  out.int32(0).int16(static_cast<std::int16_t>(api.key)).int16(api.version).int32(++last_correlation_).string("weir");
  if (api.flexible) out.no_tags();
  return length_at;
}

void Connection::finish(Writer& out, std::size_t length_at, const Api& api, Answer answer) {
  out.patch_int32(length_at, static_cast<std::int32_t>(out.size() - length_at - kLengthBytes));
  const Bytes bytes = out.take();
  output_.insert(output_.end(), bytes.begin(), bytes.end());
  // ApiVersions is answered with the old header, so that a broker that does not know the version can answer (KIP-511).
  waiting_.push_back({last_correlation_, api.flexible && api.key != ApiKey::kApiVersions, std::move(answer)});
  ++traffic_.requests[api.key];
}

base::Result<void> Connection::advance() {
  if (failure_) return std::unexpected(*failure_);
  auto moved = write_some();
  if (moved) moved = read_some();
  if (!moved) failure_ = moved.error();
  return moved;
}

base::Result<void> Connection::write_some() {
  while (sent_ < output_.size()) {
    const auto moved = transport_->write(std::span<const std::uint8_t>(output_).subspan(sent_));
    if (!moved) return std::unexpected(moved.error());
    if (*moved == 0) return {};
    sent_ += *moved;
    traffic_.bytes_sent += *moved;
  }
  output_.clear();
  if (output_.capacity() > kKeptBytes) output_.shrink_to_fit();
  sent_ = 0;
  return {};
}

base::Result<void> Connection::read_some() {
  for (std::size_t all = 0; all < kReadAtOnce;) {
    const std::size_t room = received_ == 0 ? kFirstReadBytes : kReadBytes;
    if (input_.size() - received_ < room) input_.resize(received_ + room);
    const auto moved = transport_->read(std::span<std::uint8_t>(input_).subspan(received_));
    if (!moved) return std::unexpected(moved.error());
    if (*moved == 0) return {};
    received_ += *moved;
    traffic_.bytes_received += *moved;
    all += *moved;
    if (auto taken = take_frames(); !taken) return taken;
  }
  return {};
}

base::Result<void> Connection::take_frames() {
  const auto input = std::span<const std::uint8_t>(input_).first(received_);
  std::size_t at = 0;
  while (input.size() - at >= kLengthBytes) {
    Reader header(input.subspan(at, kLengthBytes));
    const std::int32_t length = header.int32();
    if (length < 0 || length > kMostAnswerBytes) {
      return base::fail(ErrorCode::kUnavailable, "Kafka at {} sent an answer of {} bytes: is this a Kafka listener?",
                        address_, length);
    }
    if (input.size() - at - kLengthBytes < static_cast<std::size_t>(length)) break;
    if (auto taken = take_frame(input.subspan(at + kLengthBytes, static_cast<std::size_t>(length))); !taken)
      return taken;
    at += kLengthBytes + static_cast<std::size_t>(length);
  }
  if (at == 0) return {};
  std::ranges::copy(input.subspan(at), input_.begin());
  received_ -= at;
  if (received_ == 0 && input_.size() > kKeptBytes) input_ = Bytes();
  return {};
}

base::Result<void> Connection::take_frame(std::span<const std::uint8_t> frame) {
  Reader in(frame);
  const std::int32_t correlation = in.int32();
  if (waiting_.empty() || waiting_.front().correlation != correlation)
    return base::fail(ErrorCode::kUnavailable, "Kafka at {} sent an answer that nobody asked for", address_);
  const Answer answer = std::move(waiting_.front().answer);
  if (waiting_.front().flexible) in.tags();
  if (answer(in) && !in.failed()) {
    waiting_.pop_front();
    return {};
  }
  // It stays outstanding: nobody shall take it for answered.
  return base::fail(ErrorCode::kUnavailable, "Kafka at {} sent an answer that cannot be read", address_);
}

}  // namespace weir::kafka::wire
