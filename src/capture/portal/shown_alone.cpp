#include "capture/portal/shown_alone.hpp"

#include <algorithm>
#include <iterator>

namespace pixelpass::capture {

void ShownAlone::show(int number) {
  number_ = number;
  is_missing_ = false;
  among_ = streams_.size();
  const auto place = static_cast<std::size_t>(number) - 1;
  id_ = number > 0 && place < among_ ? streams_[place].id : "";
}

void ShownAlone::on_session(const PortalStreams& streams) {
  streams_ = streams;
  if (number_ == 0) return;
  const auto found = find(streams);
  is_missing_ = !found;
  number_ = found.value_or(number_);
}

/// A portal that gives no ids keeps the order, or asks the user anew.
std::optional<int> ShownAlone::find(const PortalStreams& streams) const {
  if (id_.empty()) return streams.size() == among_ ? std::optional(number_) : std::nullopt;
  const auto found = std::ranges::find(streams, id_, &PortalStream::id);
  if (found == streams.end()) return std::nullopt;
  return static_cast<int>(std::distance(streams.begin(), found)) + 1;
}

std::optional<std::size_t> ShownAlone::place() const {
  if (number_ == 0) return std::nullopt;
  return is_missing_ ? kNowhere : static_cast<std::size_t>(number_) - 1;
}

}  // namespace pixelpass::capture
