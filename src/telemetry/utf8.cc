#include "telemetry/utf8.h"

#include <cstddef>

namespace weir::telemetry {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// How a sequence starts: its length, the bits that its first byte holds and the least code point it may stand for.
struct Lead {
  std::size_t length = 0;
  char32_t bits = 0;
  char32_t least = 0;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if ((byte & 0xE0U) == 0xC0U) return {2, byte & 0x1FU, 0x80};
  if ((byte & 0xF0U) == 0xE0U) return {3, byte & 0x0FU, 0x800};
  if ((byte & 0xF8U) == 0xF0U) return {4, byte & 0x07U, 0x10000};
  return {};
}

bool is_scalar(char32_t value) {
  return value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

// The code point that the whole sequence stands for, or none when it is cut short, overlong or not a scalar value.
char32_t decode(std::string_view text, const Lead& lead) {
  if (lead.length == 0 || lead.length > text.size()) return kReplacement;
  char32_t value = lead.bits;
  for (const char next : text.substr(1, lead.length - 1)) {
    const auto byte = static_cast<unsigned char>(next);
    if ((byte & 0xC0U) != 0x80U) return kReplacement;
    value = (value << 6U) | (byte & 0x3FU);
  }
  return value >= lead.least && is_scalar(value) ? value : kReplacement;
}

}  // namespace

char32_t take_code_point(std::string_view& text) {
  const Lead lead = lead_of(static_cast<unsigned char>(text.front()));
  const char32_t value = decode(text, lead);
  // U+FFFD itself is three valid bytes; as an answer to bad input it stands for one.
  const bool genuine = value != kReplacement || text.starts_with("\xEF\xBF\xBD");
  text.remove_prefix(genuine ? lead.length : 1);
  return value;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto continuation = [code_point](unsigned shift) {
    return static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU));
  };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0U | (code_point >> 6U));
    out += continuation(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0U | (code_point >> 12U));
    out += continuation(6);
    out += continuation(0);
  } else {
    out += static_cast<char>(0xF0U | (code_point >> 18U));
    out += continuation(12);
    out += continuation(6);
    out += continuation(0);
  }
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty())
    append_utf8(out, take_code_point(text));
  return out;
}

}  // namespace weir::telemetry
