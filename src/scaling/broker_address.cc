#include "scaling/broker_address.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/parse.h"

namespace weir::scaling {
namespace {

constexpr std::size_t kLongestHost = 255;

bool is_host_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

bool is_ipv6_char(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  const auto port = base::parse_int(text);
  return port && *port >= 1 && *port <= 65'535;
}

std::string example(std::string_view host) {
  return fmt::format("write host:port, such as {}:9092", host);
}

bool is_bracketed(std::string_view host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' &&
         std::ranges::all_of(host.substr(1, host.size() - 2), is_ipv6_char);
}

}  // namespace

std::optional<std::string> broker_address_remedy(std::string_view address) {
  if (const auto scheme = address.find("://"); scheme != std::string_view::npos) {
    return fmt::format("write it without \"{}\"; tls and sasl choose the protocol", address.substr(0, scheme + 3));
  }
  const auto colon = address.rfind(':');
  if (address.ends_with(']') || colon == std::string_view::npos) {
    return fmt::format("the port is missing; {}", example(address));
  }
  const std::string_view host = address.substr(0, colon);
  if (!is_port(address.substr(colon + 1))) {
    return fmt::format("the port must be a number from 1 to 65535; {}", example(host));
  }
  if (host.empty()) return "the host is missing; " + example("kafka");
  if (is_bracketed(host)) return std::nullopt;
  if (host.find(':') != std::string_view::npos) return "write an IPv6 address in brackets, such as [::1]:9092";
  if (host.size() > kLongestHost || !std::ranges::all_of(host, is_host_char)) {
    return "the host may hold letters, digits, dots and dashes only; " + example("kafka");
  }
  return std::nullopt;
}

}  // namespace weir::scaling
