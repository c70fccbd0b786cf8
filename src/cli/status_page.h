#pragma once

#include <string_view>

namespace weir::cli {

// The status page: one HTML file with its style and scripts in it, made from status_page/ when Weir is built. It reads
// /status beside it and nothing else, which its Content-Security-Policy holds it to.
struct StatusPage {
  std::string_view html;
  std::string_view content_security_policy;
};

StatusPage status_page();

}  // namespace weir::cli
