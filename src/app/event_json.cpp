#include "pixelpass/app/event_json.hpp"

#include "pixelpass/base/clean_text.hpp"

#include "app/events/event_fields.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace pixelpass::app {
namespace {

namespace json = boost::json;

/// The number in plain decimal, with one to three digits after the point. JSON has neither infinity nor NaN.
std::string number_text(double number) {
  constexpr int kDigits = 3;
  constexpr std::size_t kLongest = 320;  // of DBL_MAX
  if (!std::isfinite(number)) return "null";
  std::array<char, kLongest> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed, kDigits);
  std::string text(buffer.data(), end.ptr);
  while (text.back() == '0' && text[text.size() - 2] != '.') text.pop_back();
  return text;
}

void append(std::string& text, const json::value& value);

void append(std::string& text, const json::object& object) {
  text += '{';
  for (const auto& [key, value] : object) {
    if (text.back() != '{') text += ',';
    text.append(json::serialize(json::string_view(key))).append(":");
    append(text, value);
  }
  text += '}';
}

void append(std::string& text, const json::array& array) {
  text += '[';
  for (const auto& value : array) {
    if (text.back() != '[') text += ',';
    append(text, value);
  }
  text += ']';
}

void append(std::string& text, const json::value& value) {
  if (const auto* object = value.if_object()) return append(text, *object);
  if (const auto* array = value.if_array()) return append(text, *array);
  if (const auto* string = value.if_string())
    text += json::serialize(json::string(clean_lines({string->data(), string->size()})));
  else
    text += value.is_double() ? number_text(value.get_double()) : json::serialize(value);
}

}  // namespace

std::string json_text(const json::object& object) {
  std::string text;
  append(text, object);
  return text;
}

json::object to_json(const Event& event) {
  return std::visit([](const auto& what) { return event_fields::fields(what); }, event);
}

}  // namespace pixelpass::app
