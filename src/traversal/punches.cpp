#include "traversal/punches.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::traversal {

AttemptId Punches::start(CheckKey key, AttemptSettings settings, Instant now) {
  std::erase_if(running_, [&](const auto& punch) { return punch->username() == key.username; });
  if (running_.size() == kMaxAttempts) {
    const auto first = std::ranges::min_element(running_, {}, &Punch::until);
    end(static_cast<std::size_t>(first - running_.begin()));
  }
  const AttemptId id{++started_};
  running_.push_back(std::make_unique<Punch>(id, std::move(key), std::move(settings), random_, output_, now));
  return id;
}

void Punches::add_remotes(AttemptId id, const std::vector<SocketAddress>& remotes, Instant now) {
  for (const auto& punch : running_)
    if (punch->id() == id) punch->add_remotes(remotes, now);
}

void Punches::stop(AttemptId id) {
  std::erase_if(running_, [id](const auto& punch) { return punch->id() == id; });
}

void Punches::end(std::size_t index) {
  if (!running_[index]->has_found()) output_.tell(PunchFailed{running_[index]->id()});
  running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
}

bool Punches::on_request(const net::Path& path, const StunMessage& request, Instant now) {
  const auto username = request.text(StunAttribute::kUsername);
  for (const auto& punch : running_) {
    if (punch->username() != username) continue;
    punch->on_request(path, request, now);
    return true;
  }
  return false;
}

void Punches::on_answer(const net::Path& path, const StunMessage& answer, Instant now) {
  for (const auto& punch : running_)
    if (punch->on_answer(path, answer, now)) return;
}

void Punches::on_timeout(Instant now) {
  for (std::size_t i = running_.size(); i-- > 0;)
    if (running_[i]->until() <= now)
      end(i);
    else
      running_[i]->on_timeout(now);
}

std::optional<Instant> Punches::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& punch : running_) next = std::min(next.value_or(Instant::max()), punch->next_timeout());
  return next;
}

}  // namespace pixelpass::traversal
