#include "access/watched.h"

#include <algorithm>

namespace weir::access {

Watched::Watched(kube::Client& client, const std::vector<std::string>& namespaces, const kube::InformerOptions& options,
                 const telemetry::Logger& logger) {
  const auto add = [&](const std::string& ns) {
    auto own = options;
    own.ns = ns;
    informers_.push_back(std::make_unique<kube::Informer>(client, std::move(own), logger));
  };
  if (namespaces.empty()) add("");
  for (const std::string& ns : namespaces)
    add(ns);
}

void Watched::add_handler(const kube::Informer::Handler& handler) {
  for (const auto& informer : informers_)
    informer->add_handler(handler);
}

void Watched::start() {
  for (const auto& informer : informers_)
    informer->start();
}

void Watched::stop() {
  for (const auto& informer : informers_)
    informer->stop();
}

bool Watched::synced() const {
  return std::ranges::all_of(informers_, [](const auto& informer) { return informer->synced(); });
}

kube::ObjectPtr Watched::get(const kube::ObjectKey& key) const {
  for (const auto& informer : informers_)
    if (auto found = informer->get(key)) return found;
  return nullptr;
}

}  // namespace weir::access
