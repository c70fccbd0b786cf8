#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "access/trigger_match.h"
#include "access/watched.h"
#include "base/error.h"

namespace weir::access {

// The ConsumerGroups that triggers name by consumerGroupRef. Thread-safe; answers from memory.
class GroupDirectory {
 public:
  GroupDirectory(kube::Client& client, const std::vector<std::string>& namespaces, const telemetry::Logger& logger);
  ~GroupDirectory();

  void start() { groups_.start(); }
  bool synced() const { return groups_.synced(); }

  // None: there is none of that name here.
  kube::ObjectPtr get(const kube::ObjectKey& key) const { return groups_.get(key); }

  // Grows when a group's spec or annotations changed.
  std::uint64_t generation() const { return generation_; }

 private:
  std::atomic<std::uint64_t> generation_ = 1;
  Watched groups_;
};

// The metadata of a trigger that names `group`: what the group says stands in place of what the trigger says of it.
Metadata with_group(const kube::Json& group, const Metadata& sent);

// Whether a ScaledObject of that name is the controller's for this group: nobody else can know its uid.
bool is_own_scaled_object(const kube::Json& group, const std::string& name);

}  // namespace weir::access
