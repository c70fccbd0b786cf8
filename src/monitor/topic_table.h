#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::monitor {

// What is known of partitions by topic and number, with a version of each topic: another number, and a larger one than
// any topic had, each time that something known of it changed. Not thread-safe.
template <class Entry>
class TopicTable {
 public:
  struct Topic {
    std::vector<std::optional<Entry>> partitions;  // by number; none: nothing is known
    std::uint64_t version = 0;

    std::optional<Entry>& at(std::int32_t partition) {
      const auto index = static_cast<std::size_t>(partition);
      if (index >= partitions.size()) partitions.resize(index + 1);
      return partitions[index];
    }
  };

  // The topic, added where it is new.
  Topic& operator[](const std::string& name) { return topics_[name]; }
  const Topic* find(const std::string& name) const {
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : &found->second;
  }

  void note_change(Topic& topic) { topic.version = ++last_version_; }
  // 0: nothing is known of the topic.
  std::uint64_t version(const std::string& name) const {
    const Topic* const topic = find(name);
    return topic == nullptr ? 0 : topic->version;
  }

  void forget(const std::string& name) { topics_.erase(name); }
  void forget(const std::string& name, std::int32_t partition) {
    const auto found = topics_.find(name);
    const auto index = static_cast<std::size_t>(partition);
    if (found == topics_.end() || index >= found->second.partitions.size()) return;
    found->second.partitions[index].reset();
    note_change(found->second);
  }
  // Forgets the topics of which every entry is so.
  template <class Outdated>
  void forget_if_all(const Outdated& outdated) {
    std::erase_if(topics_, [&](const auto& topic) {
      return std::ranges::all_of(topic.second.partitions,
                                 [&](const auto& entry) { return !entry || outdated(*entry); });
    });
  }

 private:
  std::unordered_map<std::string, Topic> topics_;
  std::uint64_t last_version_ = 0;
};

}  // namespace weir::monitor
