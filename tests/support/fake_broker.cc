#include "support/fake_broker.h"

#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace weir::test {
namespace {

using kafka::wire::Api;
using kafka::wire::ApiKey;
using kafka::wire::Reader;
using kafka::wire::Writer;

constexpr std::size_t kLengthBytes = 4;
constexpr std::int32_t kNode = 1;
constexpr std::int32_t kOtherNode = 2;
constexpr Api kSpoken[] = {kafka::wire::kFetch,       kafka::wire::kListOffsets,     kafka::wire::kMetadata,
                           kafka::wire::kOffsetFetch, kafka::wire::kFindCoordinator, kafka::wire::kSaslHandshake,
                           kafka::wire::kApiVersions, kafka::wire::kSaslAuthenticate};

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool is_flexible(ApiKey key) {
  return key != ApiKey::kSaslHandshake;
}

std::vector<std::string> names(Reader& in, int uninvited, bool tagged) {
  std::vector<std::string> all;
  for (auto left = in.compact_array(1); left > 0; --left) {
    all.emplace_back(in.compact_string());
    if (tagged) in.tags();
  }
  for (int i = 0; i < uninvited; ++i)
    all.push_back(fmt::format("uninvited-{}", i));
  return all;
}

// The partitions that are asked for, and uninvited ones behind them.
std::vector<std::int32_t> with_uninvited(std::vector<std::int32_t> partitions, int uninvited) {
  for (int i = 0; i < uninvited; ++i)
    partitions.push_back(1000 + i);
  return partitions;
}

}  // namespace

FakeBroker::FakeBroker(FakeBrokerOptions options)
    : options_(std::move(options)), server_([this](Stream& stream) { serve(stream); }, options_.certificate) {}

void FakeBroker::serve(Stream& stream) const {
  if (options_.most_connections && server_.connections() > *options_.most_connections) return;
  while (const auto prefix = stream.read_exactly(kLengthBytes)) {
    const auto length = Reader(bytes_of(*prefix)).int32();
    const auto frame = stream.read_exactly(static_cast<std::size_t>(length));
    if (!frame) return;
    Reader in(bytes_of(*frame));
    const ApiKey api{in.int16()};
    in.int16();  // version
    const auto correlation = in.int32();
    in.string();  // client_id
    if (is_flexible(api)) in.tags();
    Writer out;
    out.int32(0).int32(correlation);
    if (is_flexible(api) && api != ApiKey::kApiVersions) out.no_tags();
    answer(api, in, out);
    out.patch_int32(0, static_cast<std::int32_t>(out.size() - kLengthBytes));
    const auto written = out.take();
    const std::string whole(written.begin(), written.end());
    if (!stream.write(options_.distort ? options_.distort(api, whole) : whole)) return;
  }
}

void FakeBroker::answer(ApiKey api, Reader& in, Writer& out) const {
  switch (api) {
    case ApiKey::kApiVersions:
      return api_versions(out);
    case ApiKey::kSaslHandshake:
      return sasl_handshake(in, out);
    case ApiKey::kSaslAuthenticate:
      return sasl_authenticate(in, out);
    case ApiKey::kMetadata:
      return metadata(in, out);
    case ApiKey::kFindCoordinator:
      return find_coordinator(in, out);
    case ApiKey::kOffsetFetch:
      return offset_fetch(in, out);
    case ApiKey::kListOffsets:
      return list_offsets(in, out);
    case ApiKey::kFetch:
      break;
  }
}

void FakeBroker::api_versions(Writer& out) const {
  out.int16(0).compact_array(std::ssize(kSpoken));
  for (const Api& api : kSpoken)
    out.int16(static_cast<std::int16_t>(api.key)).int16(0).int16(api.version).no_tags();
  out.int32(0).no_tags();
}

void FakeBroker::sasl_handshake(Reader& in, Writer& out) const {
  const bool offered = in.string() == "OAUTHBEARER";
  out.int16(offered ? 0 : 33).array(1).string("OAUTHBEARER");
}

void FakeBroker::sasl_authenticate(Reader& in, Writer& out) const {
  const auto bytes = in.compact_bytes();
  const bool good = options_.authenticate && options_.authenticate({bytes.begin(), bytes.end()});
  out.int16(good ? 0 : 58).compact_string(good ? "" : "refused").compact_bytes({});
  out.int64(options_.session_lifetime_ms).no_tags();
}

void FakeBroker::metadata(Reader& in, Writer& out) const {
  const auto topics = names(in, options_.uninvited, true);
  constexpr std::int32_t kNobodyListens = 1;
  out.int32(0).compact_array(1 + options_.uninvited);
  out.int32(kNode).compact_string("127.0.0.1").int32(server_.port()).compact_string("").no_tags();
  for (int i = 0; i < options_.uninvited; ++i)
    out.int32(1000 + i).compact_string("127.0.0.1").int32(kNobodyListens).compact_string("").no_tags();
  out.compact_string("fake").int32(kNode).compact_array(std::ssize(topics));
  for (const std::string& topic : topics) {
    out.int16(0).compact_string(topic).boolean(false).compact_array(options_.partitions);
    for (std::int32_t partition = 0; partition < options_.partitions; ++partition) {
      out.int16(0).int32(partition).int32(kNode).int32(0);
      out.compact_array(1).int32(kNode).compact_array(1).int32(kNode).compact_array(0).no_tags();
    }
    out.int32(0).no_tags();
  }
  out.int32(0).no_tags();
}

void FakeBroker::find_coordinator(Reader& in, Writer& out) const {
  in.int8();  // key_type
  const auto groups = names(in, options_.uninvited, false);
  out.int32(0).compact_array(std::ssize(groups));
  for (const std::string& group : groups) {
    const auto elsewhere = options_.coordinated_elsewhere.find(group);
    const bool here = elsewhere == options_.coordinated_elsewhere.end();
    out.compact_string(group).int32(here ? kNode : kOtherNode).compact_string("127.0.0.1");
    out.int32(here ? server_.port() : elsewhere->second);
    out.int16(0).compact_string("").no_tags();
  }
  out.no_tags();
}

void FakeBroker::offset_fetch(Reader& in, Writer& out) const {
  const auto groups = in.compact_array(1);
  out.int32(0).compact_array(groups + options_.uninvited);
  for (std::int32_t g = 0; g < groups + options_.uninvited; ++g) {
    const bool invited = g < groups;
    out.compact_string(invited ? std::string(in.compact_string()) : fmt::format("uninvited-{}", g));
    const auto topics = invited ? in.compact_array(1) : 0;
    out.compact_array(topics + options_.uninvited);
    for (std::int32_t t = 0; t < topics + options_.uninvited; ++t) {
      const bool asked = t < topics;
      out.compact_string(asked ? std::string(in.compact_string()) : fmt::format("uninvited-{}", t));
      std::vector<std::int32_t> partitions(static_cast<std::size_t>(asked ? in.compact_array(4) : 0));
      for (auto& partition : partitions)
        partition = in.int32();
      if (asked) in.tags();
      partitions = with_uninvited(std::move(partitions), options_.uninvited);
      out.compact_array(std::ssize(partitions));
      for (const auto partition : partitions)
        out.int32(partition).int64(kCommitted).int32(-1).compact_string("").int16(0).no_tags();
      out.no_tags();
    }
    if (invited) in.tags();
    out.int16(0).no_tags();
  }
  out.no_tags();
}

void FakeBroker::list_offsets(Reader& in, Writer& out) const {
  in.int32();  // replica_id
  in.int8();   // isolation_level
  const auto topics = in.compact_array(1);
  out.int32(0).compact_array(topics + options_.uninvited);
  for (std::int32_t t = 0; t < topics + options_.uninvited; ++t) {
    const bool asked = t < topics;
    out.compact_string(asked ? std::string(in.compact_string()) : fmt::format("uninvited-{}", t));
    std::vector<std::int32_t> partitions(static_cast<std::size_t>(asked ? in.compact_array(17) : 0));
    for (auto& partition : partitions) {
      partition = in.int32();
      in.int32();  // current_leader_epoch
      in.int64();  // timestamp
      in.tags();
    }
    if (asked) in.tags();
    partitions = with_uninvited(std::move(partitions), options_.uninvited);
    out.compact_array(std::ssize(partitions));
    for (const auto partition : partitions)
      out.int32(partition).int16(0).int64(-1).int64(kEnd).int32(0).no_tags();
    out.no_tags();
  }
  out.no_tags();
}

}  // namespace weir::test
