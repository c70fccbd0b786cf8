#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/assignment.h"

namespace weir::controller {

// One write of an assignment.
struct AssignmentWrite {
  placement::Ordinal pod = 0;
  bool create = false;  // there is none yet; otherwise it is applied to the one that there is
  kube::Json object;
};

// What each pod of a pool is to consume, what its ConfigMap says, and so what is to be written. Not thread-safe.
class AssignmentTable {
 public:
  explicit AssignmentTable(kube::ObjectKey pool) : pool_(std::move(pool)) {}

  // Of the StatefulSet, which owns the ConfigMaps; another one is to own them all.
  void set_pool_uid(const std::string& uid);
  // What a data plane needs to know of a group. Before the group is put anywhere.
  void describe(const kube::ObjectKey& group, kube::Json entry);
  void forget(const kube::ObjectKey& group);
  // That many of a described group are wanted on the pod.
  void put(placement::Ordinal pod, const kube::ObjectKey& group, placement::Count vreplicas);

  // A ConfigMap as it was read or written. One of a lower generation than is known is old news.
  void observe(placement::Ordinal pod, const Assignment& there);
  void lost(placement::Ordinal pod, const std::string& uid);
  // What the API server has in truth, whatever was known; without a uid: none.
  void refresh(placement::Ordinal pod, const Assignment& there);
  // A generation that the pod's data plane has acknowledged: a new one counts on from there.
  void acknowledged(placement::Ordinal pod, std::int64_t generation);

  // Pods whose ConfigMap is not as wanted: those that lose something, which are to be written first, or the others.
  std::vector<placement::Ordinal> losing();
  std::vector<placement::Ordinal> stale();
  // To bring it there. With `removals_only` what it gains is left out; the pod is stale still, then.
  AssignmentWrite write_of(placement::Ordinal pod, bool removals_only) const;
  bool is_foreign(placement::Ordinal pod) const;

  // Bytes of the assignment as wanted.
  std::size_t bytes(placement::Ordinal pod) const;
  const std::map<kube::ObjectKey, placement::Count>& wanted(placement::Ordinal pod) const;
  bool knows(placement::Ordinal pod, const kube::ObjectKey& group) const;
  std::int64_t generation(placement::Ordinal pod) const;
  // Whether `applied` covers what is wanted of the group on the pod.
  bool is_applied(placement::Ordinal pod, const kube::ObjectKey& group, std::int64_t applied) const;

 private:
  struct Entry {
    kube::Json json;
    std::string digest;
    std::size_t bytes = 0;
    std::set<placement::Ordinal> pods;
  };
  struct Slot {
    std::map<kube::ObjectKey, placement::Count> wanted;
    Assignment known;
    std::int64_t last_generation = 0;
  };

  const Slot* find(placement::Ordinal pod) const;
  bool is_stale(const Slot& slot) const;
  bool is_entry_known(const Slot& slot, const kube::ObjectKey& group, placement::Count vreplicas) const;
  static bool loses(const Slot& slot);

  const kube::ObjectKey pool_;
  std::string pool_uid_;
  std::map<kube::ObjectKey, Entry> entries_;
  std::map<placement::Ordinal, Slot> slots_;
  std::set<placement::Ordinal> dirty_;  // may be stale
};

}  // namespace weir::controller
