#include <algorithm>

#include "fuzz/targets.h"
#include "kafka/wire/api_versions.h"
#include "kafka/wire/codec.h"
#include "kafka/wire/fetch.h"
#include "kafka/wire/find_coordinator.h"
#include "kafka/wire/list_offsets.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/offset_fetch.h"
#include "kafka/wire/sasl_messages.h"

namespace weir::test {
namespace {

using kafka::wire::Reader;
using kafka::wire::Writer;

// Writes answers as a broker would, of random shape.
class Shape {
 public:
  explicit Shape(Random& random) : random_(random) {}

  Writer& out() { return out_; }
  Bytes take() { return out_.take(); }

  void name() {
    std::string text(random_.one_in(8) ? random_.up_to(300) : random_.up_to(20), 'a');
    std::ranges::generate(text, [this] { return static_cast<char>('a' + random_.up_to(25)); });
    out_.compact_string(text.substr(0, 249));
  }
  void int32() { out_.int32(static_cast<std::int32_t>(random_.bits())); }
  void int64() { out_.int64(static_cast<std::int64_t>(random_.bits())); }
  void error() { out_.int16(random_.one_in(3) ? static_cast<std::int16_t>(random_.bits()) : std::int16_t{0}); }
  // The tagged fields of a broker that is newer than we are.
  void tags() {
    const auto count = random_.one_in(6) ? random_.up_to(2) : 0;
    out_.unsigned_varint(static_cast<std::uint32_t>(count));
    for (auto tag = count; tag > 0; --tag) {
      const Bytes value = random_.bytes(9);
      out_.unsigned_varint(static_cast<std::uint32_t>(tag)).unsigned_varint(static_cast<std::uint32_t>(value.size()));
      for (const auto byte : value)
        out_.int8(static_cast<std::int8_t>(byte));
    }
  }
  // An array, mostly small, sometimes of a great many.
  template <class Element>
  void array(Element element) {
    const auto count = random_.one_in(50) ? random_.up_to(60) : random_.up_to(3);
    out_.compact_array(static_cast<std::ptrdiff_t>(count));
    for (auto left = count; left > 0; --left)
      element();
  }
  void int32s() {
    array([this] { int32(); });
  }

 private:
  Random& random_;
  Writer out_;
};

Bytes api_versions(Random& random) {
  Shape shape(random);
  shape.out().int16(0);
  shape.array([&] {
    shape.int32();
    shape.out().int16(9);
    shape.tags();
  });
  shape.int32();
  shape.tags();
  return shape.take();
}

Bytes metadata(Random& random) {
  Shape shape(random);
  shape.int32();
  shape.array([&] {
    shape.int32();
    shape.name();
    shape.int32();
    shape.name();
    shape.tags();
  });
  shape.name();
  shape.int32();
  shape.array([&] {
    shape.error();
    shape.name();
    shape.out().boolean(false);
    shape.array([&] {
      shape.error();
      for (int i = 0; i < 3; ++i)
        shape.int32();
      for (int i = 0; i < 3; ++i)
        shape.int32s();
      shape.tags();
    });
    shape.int32();
    shape.tags();
  });
  shape.int32();
  shape.tags();
  return shape.take();
}

Bytes find_coordinator(Random& random) {
  Shape shape(random);
  shape.int32();
  shape.array([&] {
    shape.name();
    shape.int32();
    shape.name();
    shape.int32();
    shape.error();
    shape.name();
    shape.tags();
  });
  shape.tags();
  return shape.take();
}

Bytes offset_fetch(Random& random) {
  Shape shape(random);
  shape.int32();
  shape.array([&] {
    shape.name();
    shape.array([&] {
      shape.name();
      shape.array([&] {
        shape.int32();
        shape.int64();
        shape.int32();
        shape.name();
        shape.error();
        shape.tags();
      });
      shape.tags();
    });
    shape.error();
    shape.tags();
  });
  shape.tags();
  return shape.take();
}

Bytes list_offsets(Random& random) {
  Shape shape(random);
  shape.int32();
  shape.array([&] {
    shape.name();
    shape.array([&] {
      shape.int32();
      shape.error();
      shape.int64();
      shape.int64();
      shape.int32();
      shape.tags();
    });
    shape.tags();
  });
  shape.tags();
  return shape.take();
}

Bytes fetch(Random& random) {
  Shape shape(random);
  shape.int32();
  shape.error();
  shape.int32();
  shape.array([&] {
    shape.name();
    shape.array([&] {
      shape.int32();
      shape.error();
      for (int i = 0; i < 3; ++i)
        shape.int64();
      shape.array([&] {
        shape.int64();
        shape.int64();
        shape.tags();
      });
      shape.int32();
      shape.out().compact_bytes(random.bytes(100));
      shape.tags();
    });
    shape.tags();
  });
  shape.tags();
  return shape.take();
}

Bytes sasl_handshake(Random& random) {
  Writer out;
  const auto count = random.up_to(6);
  out.int16(33).array(static_cast<std::int32_t>(count));
  for (auto left = count; left > 0; --left)
    out.string(std::string(random.up_to(40), 'S'));
  return out.take();
}

Bytes sasl_authenticate(Random& random) {
  Shape shape(random);
  shape.error();
  shape.name();
  shape.out().compact_bytes(random.bytes(200));
  shape.int64();
  shape.tags();
  return shape.take();
}

template <class Answer>
bool decode(std::span<const std::uint8_t> message) {
  Reader in(message);
  const auto answer = Answer::read(in);
  return !in.failed();
}

}  // namespace

std::vector<FuzzTarget> answer_targets() {
  using namespace kafka::wire;
  return {
      {"ApiVersions", api_versions, decode<ApiVersionsResponse>},
      {"Metadata", metadata, decode<MetadataResponse>},
      {"FindCoordinator", find_coordinator, decode<FindCoordinatorResponse>},
      {"OffsetFetch", offset_fetch, decode<OffsetFetchResponse>},
      {"Fetch", fetch, decode<FetchResponse>},
      {"ListOffsets", list_offsets, decode<ListOffsetsResponse>},
      {"SaslHandshake", sasl_handshake, decode<SaslHandshakeResponse>},
      {"SaslAuthenticate", sasl_authenticate, decode<SaslAuthenticateResponse>},
  };
}

}  // namespace weir::test
