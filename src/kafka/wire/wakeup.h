#pragma once

namespace weir::kafka::wire {

// Ends another thread's poll(). Thread-safe.
class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Readable from notify() to clear().
  int descriptor() const { return descriptor_; }
  void notify() const;
  void clear() const;

 private:
  int descriptor_;
};

}  // namespace weir::kafka::wire
