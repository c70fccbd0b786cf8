#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "placement/tally.h"

namespace weir::placement {

// A pod as the plugins see it, with what the group at hand has there.
struct Candidate {
  Ordinal pod = 0;
  NodeId node = kNoNode;
  ZoneId zone = kNoZone;
  Count on_pod = 0;
  Count on_node = 0;
  Count in_zone = 0;
  Count free = 0;        // room on the pod, in units of cost
  bool current = false;  // where the virtual replica is now, when a move is weighed
};

Candidate candidate_of(const Tally& tally, Ordinal pod, Ordinal current = -1);

// Of a pod without room for one more, about it: `is full, capacity 20`.
std::string no_room_text(const Tally& tally, const Candidate& candidate);

// Plugins are pure and hold only their arguments. One judges a pod by what the group at hand has there and elsewhere
// (Tally, bound once per group) and by the pod's ordinal; among pods that differ in nothing but the ordinal it likes
// none with a higher ordinal better, and takes from none with a lower one rather. The search rests on that: it looks at
// one of many equal pods only.
class Filter {
 public:
  Filter() = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  virtual ~Filter() = default;

  virtual std::string_view name() const = 0;
  virtual bool admits(const Tally& tally, const Candidate& candidate) const = 0;
  // Why it does not, about the pod: `is one of 3 pods already, ...`.
  virtual std::string reason(const Tally& tally, const Candidate& candidate) const = 0;
};

class Score {
 public:
  Score() = default;
  Score(const Score&) = delete;
  Score& operator=(const Score&) = delete;
  virtual ~Score() = default;

  virtual std::string_view name() const = 0;
  // What one more virtual replica there costs, or for removal what taking one away costs: the least is chosen.
  virtual std::int64_t cost(const Tally& tally, const Candidate& candidate) const = 0;
  // A voluntary move is worth it where it lowers the cost by so much.
  virtual std::int64_t worth() const { return 1; }
  // The figure that decided, in words: `zone b had 2`.
  virtual std::string explain(const Tally& tally, const Candidate& candidate) const = 0;
};

enum class PluginKind { kFilter, kScore, kRemoval };

// A plugin as a profile names it.
struct PluginSpec {
  std::string name;
  std::int64_t weight = 1;
  std::map<std::string, std::int64_t> args = {};

  bool operator==(const PluginSpec&) const = default;
};

// Names of all plugins of a kind, by the alphabet.
std::vector<std::string> plugin_names(PluginKind kind);

// kInvalidArgument for a name that is none of the kind, an argument that the plugin does not take, and values out of
// range; the text says what is allowed.
base::Result<std::shared_ptr<const Filter>> make_filter(const PluginSpec& spec);
base::Result<std::shared_ptr<const Score>> make_score(const PluginSpec& spec);
base::Result<std::shared_ptr<const Score>> make_removal(const PluginSpec& spec);

}  // namespace weir::placement
