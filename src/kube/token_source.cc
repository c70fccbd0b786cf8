#include "kube/token_source.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "base/parse.h"

namespace weir::kube {
namespace {

constexpr std::chrono::seconds kReadEvery{60};

}  // namespace

TokenSource::TokenSource(base::Secret fixed, std::filesystem::path file, const base::Clock& clock)
    : file_(std::move(file)), clock_(clock), token_(std::move(fixed)) {}

base::Secret TokenSource::token() {
  const std::scoped_lock lock(mutex_);
  if (file_.empty() || clock_.now() < read_again_) return token_;
  read_again_ = clock_.now() + kReadEvery;
  std::ifstream file(file_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (const auto trimmed = base::trim(text); !trimmed.empty()) token_ = base::Secret(std::string(trimmed));
  return token_;
}

void TokenSource::refused() {
  const std::scoped_lock lock(mutex_);
  read_again_ = {};
}

}  // namespace weir::kube
