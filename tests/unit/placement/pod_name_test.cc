#include <gtest/gtest.h>

#include "placement/types.h"

namespace weir::placement {
namespace {

struct NameRow {
  const char* sentence;
  const char* name;
  std::optional<Ordinal> ordinal;
};

TEST(PodName, GivesTheOrdinalOrAnError) {
  const NameRow rows[] = {
      {"the first pod", "dispatcher-0", 0},
      {"a high ordinal", "dispatcher-1234", 1234},
      {"no ordinal", "dispatcher", std::nullopt},
      {"an empty ordinal", "dispatcher-", std::nullopt},
      {"a suffix that is no number", "dispatcher-abc", std::nullopt},
      {"a Deployment's pod", "dispatcher-7c9f-x2x", std::nullopt},
      {"another StatefulSet's pod", "dispatcher-b-1", std::nullopt},
      {"another prefix", "worker-1", std::nullopt},
      {"a sign", "dispatcher--1", std::nullopt},
      {"a leading zero, which is another name", "dispatcher-01", std::nullopt},
      {"an ordinal beyond every pool", "dispatcher-100000", std::nullopt},
      {"an ordinal beyond 64 bits", "dispatcher-99999999999999999999", std::nullopt},
      {"nothing", "", std::nullopt},
  };
  for (const NameRow& row : rows) {
    const auto parsed = parse_pod_name("dispatcher", row.name);
    EXPECT_EQ(parsed ? std::optional(*parsed) : std::nullopt, row.ordinal) << row.sentence;
    if (parsed) continue;
    EXPECT_NE(parsed.error().message.find("dispatcher-N"), std::string::npos) << row.sentence;
  }
}

}  // namespace
}  // namespace weir::placement
