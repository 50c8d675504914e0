#include "pixelpass/base/owner.hpp"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

namespace pixelpass {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string owner_tag() {
  const auto self = running_process(getpid());
  return std::to_string(getpid()) + "-" + std::to_string(self ? self->started_at : 0);
}

std::optional<Owner> parse_owner_tag(std::string_view tag) {
  const auto dash = tag.find('-');
  Owner owner;
  if (dash == std::string_view::npos || !parse_number(tag.substr(0, dash), owner.process) ||
      !parse_number(tag.substr(dash + 1), owner.started_at) || owner.process <= 0)
    return std::nullopt;
  return owner;
}

std::optional<Owner> running_process(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  // The second field is the program's name in brackets, and may hold anything: proc(5).
  const auto name_ends = text.rfind(')');
  if (name_ends == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_ends + 1));
  char state = 0;
  fields >> state;
  if (!fields || state == 'Z' || state == 'X') return std::nullopt;
  constexpr int kBetween = 18;  // fields 4 to 21
  std::string skipped;
  for (int i = 0; i < kBetween; ++i) fields >> skipped;
  Owner owner{process, 0};
  if (!(fields >> owner.started_at)) return std::nullopt;
  return owner;
}

bool is_running(const Owner& owner) {
  return running_process(owner.process) == owner;
}

}  // namespace pixelpass
