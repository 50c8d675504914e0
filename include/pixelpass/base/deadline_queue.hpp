#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace pixelpass {

/// Deadlines of elements, the earliest first: a binary heap whose elements know their places, so that due
/// ones are found without looking at the others, and each is moved or removed in O(log n). Elements are not
/// owned; each has to be removed before it is destroyed. Sans-IO. Thread: network.
template <class T>
class DeadlineQueue {
 public:
  /// The base of elements. They must not move in memory while they wait.
  class Element {
    friend DeadlineQueue;
    std::size_t place_ = kNowhere;  // in heap_
  };

  /// Sets the element's deadline, whatever it was before.
  void set(T& element, Instant at) {
    if (place(element) == kNowhere) {
      put(heap_.size(), {at, &element});
      return rise(heap_.size() - 1);
    }
    const auto before = std::exchange(heap_[place(element)].at, at);
    if (at < before) return rise(place(element));
    sink(place(element));
  }

  /// Removes the element's deadline. Does nothing if there is none.
  void remove(T& element) {
    const auto hole = std::exchange(place(element), kNowhere);
    if (hole == kNowhere) return;
    const auto last = heap_.back();
    heap_.pop_back();
    if (hole == heap_.size()) return;
    put(hole, last);
    rise(hole);
    sink(place(*last.element));
  }

  [[nodiscard]] std::optional<Instant> next() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.front().at);
  }

  /// Removes all elements that are due and returns them, the earliest first.
  [[nodiscard]] std::vector<T*> take_due(Instant now) {
    std::vector<T*> due;
    while (!heap_.empty() && heap_.front().at <= now) {
      due.push_back(heap_.front().element);
      remove(*due.back());
    }
    return due;
  }

  [[nodiscard]] std::size_t size() const { return heap_.size(); }

 private:
  static constexpr auto kNowhere = std::numeric_limits<std::size_t>::max();

  struct Entry {
    Instant at;
    T* element;
  };

  static std::size_t& place(T& element) { return static_cast<Element&>(element).place_; }

  void put(std::size_t at, Entry entry) {
    if (at == heap_.size())
      heap_.push_back(entry);
    else
      heap_[at] = entry;
    place(*entry.element) = at;
  }

  /// Each parent at (i - 1) / 2 is no later than its children at 2 i + 1 and 2 i + 2.
  void rise(std::size_t at) {
    const auto entry = heap_[at];
    for (; at > 0 && entry.at < heap_[(at - 1) / 2].at; at = (at - 1) / 2) put(at, heap_[(at - 1) / 2]);
    put(at, entry);
  }

  void sink(std::size_t at) {
    const auto entry = heap_[at];
    for (;;) {
      auto child = 2 * at + 1;
      if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
      if (child >= heap_.size() || entry.at <= heap_[child].at) break;
      put(at, heap_[child]);
      at = child;
    }
    put(at, entry);
  }

  std::vector<Entry> heap_;
};

}  // namespace pixelpass
