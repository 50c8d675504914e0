#include "words.hpp"

#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace netlab {
namespace {

using Setter = void (*)(Terms&, double);

Duration milliseconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>{count});
}

const std::map<std::string_view, Setter> kSetters{
    {"delay", [](Terms& terms, double value) { terms.delay = milliseconds(value); }},
    {"jitter", [](Terms& terms, double value) { terms.jitter = milliseconds(value); }},
    {"loss", [](Terms& terms, double value) { terms.loss = value / 100; }},
    {"burst", [](Terms& terms, double value) { terms.burst = value; }},
    {"rate", [](Terms& terms, double value) { terms.bits_per_second = value * 1e6; }},
    {"queue", [](Terms& terms, double value) { terms.queue = milliseconds(value); }},
    {"reorder", [](Terms& terms, double value) { terms.reorder = value / 100; }},
    {"duplicate", [](Terms& terms, double value) { terms.duplicate = value / 100; }},
    {"largest", [](Terms& terms, double value) { terms.largest = static_cast<std::size_t>(value); }},
    {"black_hole", [](Terms& terms, double value) { terms.black_hole = value != 0; }},
};

std::optional<double> number(std::string_view text) {
  std::istringstream in{std::string{text}};
  double value = 0;
  return in >> value && in.eof() && value >= 0 ? std::optional{value} : std::nullopt;
}

}  // namespace

bool apply_word(std::string_view word, LinkDirection& ab, LinkDirection& ba) {
  const auto direction = word.substr(0, 3);
  if (direction == "ab:" || direction == "ba:") {
    word.remove_prefix(3);
  }
  const auto equals = word.find('=');
  if (equals == std::string_view::npos) {
    return false;
  }
  const auto setter = kSetters.find(word.substr(0, equals));
  const auto value = number(word.substr(equals + 1));
  if (setter == kSetters.end() || !value) {
    return false;
  }
  if (direction != "ba:") {
    setter->second(ab.terms(), *value);
  }
  if (direction != "ab:") {
    setter->second(ba.terms(), *value);
  }
  return true;
}

}  // namespace netlab
